"""Starting scheduled jobs: each schedule has a row, and whoever moves its ``next_run`` on enqueues the job."""

import datetime as dt

from django.db import transaction

from kezhi.core.clock import now
from kezhi.core.jobs.cron import parse_cron
from kezhi.core.jobs.queue import enqueue
from kezhi.core.jobs.registry import needed_jobs, needed_key, registered_schedules
from kezhi.core.models.jobs import LIVE_STATES, Job, Schedule


@transaction.atomic
def sync_schedules() -> None:
    """Bring the rows in line with the code: new ones appear, changed ones are set again, gone ones go."""
    at = now()
    wanted = registered_schedules()
    known = {row.name: row for row in Schedule.objects.all()}
    Schedule.objects.exclude(name__in=wanted).delete()
    for name, clockwork in wanted.items():
        row = known.get(name)
        next_run = parse_cron(clockwork.cron).next_after(at)
        if row is None:
            Schedule.objects.get_or_create(name=name, defaults={"cron": clockwork.cron, "next_run": next_run})
        elif row.cron != clockwork.cron:
            Schedule.objects.filter(name=name).update(cron=clockwork.cron, next_run=next_run)


def start_due_schedules() -> int:
    """Enqueue the job of every due schedule, each once however many workers ask; gives how many were started."""
    at = now()
    started = 0
    wanted = registered_schedules()
    for row in Schedule.objects.all():
        clockwork = wanted.get(row.name)
        if clockwork is None or clockwork.cron != row.cron:
            continue
        upcoming = parse_cron(row.cron).next_after(at)
        if row.next_run > upcoming:
            # The clock has been set back since this was worked out; otherwise nothing would run until then.
            Schedule.objects.filter(name=row.name, next_run=row.next_run).update(next_run=upcoming)
        elif row.next_run <= at:
            started += _start(row, upcoming, at)
    return started


def start_needed_jobs() -> int:
    """Enqueue each job whose ``whenever`` says it is needed and that is not live yet; gives how many were."""
    started = 0
    for kind in needed_jobs():
        key = needed_key(kind.name)
        if not Job.objects.filter(unique_key=key, state__in=LIVE_STATES).exists():
            enqueue(kind.run, unique_key=key)
            started += 1
    return started


@transaction.atomic
def _start(row: Schedule, upcoming: dt.datetime, at: dt.datetime) -> int:
    moved = Schedule.objects.filter(name=row.name, next_run=row.next_run).update(next_run=upcoming, last_run=at)
    if moved:
        enqueue(registered_schedules()[row.name].kind.run, unique_key=f"schedule:{row.name}")
    return moved
