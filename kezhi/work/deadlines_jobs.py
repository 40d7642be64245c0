"""Background work of deadlines: passing thresholds, and planning anew when the calendar or a figure was changed."""

from kezhi.access.actors import system_actor
from kezhi.core.jobs import job, schedule, whenever
from kezhi.work.deadlines_sweep import replan_deadlines, sweep_deadlines, sweep_needed


@whenever(sweep_needed)
@schedule("work.sweep_deadlines.each_minute", cron="* * * * *", lane="io")
@job("work.sweep_deadlines", lane="io")
def sweep_due_deadlines(idempotency_key: str = "") -> None:
    """Outside a transaction of its own, because each batch is one and stands by itself."""
    while replan_deadlines(actor=system_actor("deadlines", door="job")):
        pass
    while sweep_deadlines(actor=system_actor("deadlines", door="job")):
        pass
