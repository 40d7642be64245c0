"""What runs in the background: reading events, starting rules, carrying runs on, scanning by time, tidying."""

from datetime import timedelta

from kezhi.automation import at_once, dispatching, reporting, running, scanning
from kezhi.automation.models import RuleRun, RunState
from kezhi.core.clock import now
from kezhi.core.figures import integer_figure
from kezhi.core.jobs import schedule
from kezhi.core.sealing import register_event_reader

__all__ = ["at_once", "dispatching", "remove_old_runs", "reporting", "running", "scanning"]

register_event_reader("rules", at_once.follow_events, prepare=dispatching.look_at_events)


@schedule("automation.tidy", cron="40 3 * * *")
def remove_old_runs() -> None:
    """Delete runs that ended long ago; what they did stays in the event log."""
    before = now() - timedelta(days=integer_figure("automation.keep_runs_days"))
    ended = RuleRun.objects.filter(started_at__lt=before).exclude(state__in=(RunState.READY, RunState.WAITING))
    ids = list(ended.values_list("pk", flat=True)[:5000])
    RuleRun.objects.filter(pk__in=ids).delete()
