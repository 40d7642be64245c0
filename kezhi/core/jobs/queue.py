"""Putting jobs into the table, taking them out, and recording how they ended (architecture §4)."""

import datetime as dt
import random
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from kezhi.core.clock import now
from kezhi.core.events import ActorRef, Json
from kezhi.core.jobs.registry import JobFunction, kind_of
from kezhi.core.models.jobs import LIVE_STATES, Job, JobState, Lane, Priority
from kezhi.core.wake import is_gone, wake_after_commit

LEASE = dt.timedelta(seconds=60)
# How far the clock of the machine that found a job due may be ahead of the one that runs it.
_CLOCKS_APART = dt.timedelta(seconds=1)
_FIRST_DELAY_SECONDS = 2.0
_DELAY_GROWTH = 4.0
_LONGEST_DELAY_SECONDS = 3600.0
_LONGEST_ERROR = 4000
_BATCH = 500


def enqueue(
    function: JobFunction,
    *,
    run_at: dt.datetime | None = None,
    unique_key: str | None = None,
    priority: int = Priority.NORMAL,
    actor: ActorRef | None = None,
    **args: Json,
) -> Job:
    """Store a job in the caller's transaction: it exists if and only if that commits.

    ``args`` are JSON and become the function's keyword arguments; ``actor`` is handed to it as ``actor``. With a
    ``unique_key``, at most one waiting or running job has it: a second call gives back the first one's row.

    Raises:
        TypeError: the function is no job, or an argument is not JSON.
    """
    fresh = _row(function, args, run_at=run_at, unique_key=unique_key, priority=priority, actor=actor)
    if unique_key is None:
        fresh.save(force_insert=True)
        wake_after_commit()
        return fresh
    with transaction.atomic():
        while True:
            # Not "look, then insert": between the two another process may insert. The constraint decides.
            Job.objects.bulk_create([fresh], ignore_conflicts=True)
            live = Job.objects.filter(unique_key=unique_key, state__in=LIVE_STATES).first()
            if live is not None:
                wake_after_commit()
                return live


@dataclass(frozen=True)
class JobOrder:
    """One of many jobs for :func:`enqueue_many`."""

    args: Mapping[str, Json]
    unique_key: str | None = None
    run_at: dt.datetime | None = None


def enqueue_many(
    function: JobFunction,
    orders: Iterable[JobOrder],
    *,
    priority: int = Priority.NORMAL,
    actor: ActorRef | None = None,
) -> None:
    """Store many jobs of one kind at once; those whose ``unique_key`` is live already are left out."""
    rows = [
        _row(function, order.args, run_at=order.run_at, unique_key=order.unique_key, priority=priority, actor=actor)
        for order in orders
    ]
    Job.objects.bulk_create(rows, batch_size=_BATCH, ignore_conflicts=any(row.unique_key for row in rows))
    wake_after_commit()


def rerun_job(job_id: int) -> bool:
    """Give a dead job its attempts back and make it due now; False when it is not dead or its work is live again."""
    job = Job.objects.filter(pk=job_id, state=JobState.DEAD).first()
    if job is None:
        return False
    with transaction.atomic():
        if job.unique_key and Job.objects.filter(unique_key=job.unique_key, state__in=LIVE_STATES).exists():
            return False
        changed = Job.objects.filter(pk=job_id, state=JobState.DEAD).update(
            state=JobState.WAITING, attempts=0, run_at=now(), finished_at=None
        )
        wake_after_commit()
    return changed == 1


def claim(lane: Lane, *, worker: str, limit: int, keys: Collection[str] | None = None) -> list[Job]:
    """Take up to ``limit`` due jobs for a worker, the most urgent first; each attempt is counted before it begins.

    With ``keys`` only those of these unique keys.

    Counting first means that a job which kills its worker ends among the dead and not in an endless loop.
    """
    at = now()
    due = Job.objects.filter(state=JobState.WAITING, lane=lane, run_at__lte=at)
    if keys is not None:
        due = due.filter(unique_key__in=keys)
    if not due.exists():  # without the write lock that a transaction takes on SQLite
        return []
    skip_locked = connection.features.has_select_for_update_skip_locked
    taken: list[Job] = []
    with transaction.atomic():
        for priority in reversed(Priority.values):
            # One equality per priority keeps the walk inside the due part of the index, however many jobs lie ahead.
            rows = due.filter(priority=priority).order_by("run_at", "pk")
            if connection.features.has_select_for_update:
                rows = rows.select_for_update(skip_locked=skip_locked)
            taken += rows[: limit - len(taken)]
            if len(taken) >= limit:
                break
        Job.objects.filter(pk__in=[job.pk for job in taken]).update(
            state=JobState.RUNNING, worker=worker, lease_until=at + LEASE, attempts=F("attempts") + 1
        )
    for job in taken:
        job.attempts += 1
        job.state = JobState.RUNNING
        job.worker = worker
    return taken


def claim_one(job_id: int, *, worker: str) -> Job | None:
    """Take the job a broker has delivered; None when it is done, in hand or not due, as after a second delivery."""
    at = now()
    taken = Job.objects.filter(pk=job_id, state=JobState.WAITING, run_at__lte=at + _CLOCKS_APART).update(
        state=JobState.RUNNING, worker=worker, lease_until=at + LEASE, attempts=F("attempts") + 1
    )
    return Job.objects.get(pk=job_id) if taken else None


def take_undelivered(lane: Lane, *, limit: int) -> list[int]:
    """The due jobs of a lane that a broker has to be given now, the most urgent first; each is marked as given.

    The mark is a waiting job's lease: when it ends and the job still waits, the message was lost and is sent again.
    Only the first ``limit`` due jobs are ever with the broker, so that urgent ones overtake a backlog.
    """
    at = now()
    if not any(_is_undelivered(held, at) for _pk, held in _first_due(lane, at, limit)):
        return []
    with transaction.atomic():
        rows = _first_due(lane, at, limit, lock=True)
        ids = [pk for pk, held in rows if _is_undelivered(held, at)]
        Job.objects.filter(pk__in=ids).update(lease_until=at + LEASE)
    return ids


def forget_delivery(ids: Iterable[int]) -> None:
    """These were not given to the broker after all."""
    Job.objects.filter(pk__in=list(ids), state=JobState.WAITING).update(lease_until=None)


def finish(job: Job) -> bool:
    """Mark a job done; False when the lease was lost meanwhile and the job is no longer this worker's."""
    changed = _mine(job).update(state=JobState.DONE, finished_at=now(), lease_until=None, error="")
    return changed == 1


def fail(job: Job, error: str, *, for_good: bool = False) -> bool:
    """Record a failed attempt: tried again after a growing, scattered delay, or dead after the last attempt."""
    error = error[-_LONGEST_ERROR:]
    if for_good or job.attempts >= job.max_attempts:
        changed = _mine(job).update(state=JobState.DEAD, finished_at=now(), lease_until=None, error=error)
    else:
        run_at = now() + retry_delay(job.attempts)
        changed = _mine(job).update(state=JobState.WAITING, run_at=run_at, lease_until=None, worker="", error=error)
    return changed == 1


def give_back(worker: str, *, keep: Collection[int] = ()) -> int:
    """Return what a worker took and did not begin, or lost to an outage; those attempts are not counted.

    ``keep`` are the jobs it has in hand.
    """
    return (
        Job.objects.filter(state=JobState.RUNNING, worker=worker)
        .exclude(pk__in=keep)
        .update(state=JobState.WAITING, lease_until=None, worker="", attempts=F("attempts") - 1)
    )


def renew_leases(worker: str, in_hand: Collection[int]) -> int:
    """Extend the lease of what a live worker has in hand."""
    rows = Job.objects.filter(pk__in=in_hand, state=JobState.RUNNING, worker=worker)
    return rows.update(lease_until=now() + LEASE)


def reap() -> int:
    """Take running jobs from workers that are dead or whose lease is over; gives how many.

    A lease far in the future was written by a clock that has since been set back; it counts as over.
    """
    at = now()
    owners = list(Job.objects.filter(state=JobState.RUNNING).order_by().values_list("worker", flat=True).distinct())
    if not owners:
        return 0
    lost = Q(lease_until__lt=at) | Q(lease_until__gt=at + 10 * LEASE) | Q(worker__in=[w for w in owners if is_gone(w)])
    running = Job.objects.filter(lost, state=JobState.RUNNING)
    if not running.exists():
        return 0
    with transaction.atomic():
        died = running.filter(attempts__gte=F("max_attempts")).update(
            state=JobState.DEAD, finished_at=at, lease_until=None, error="the worker died while running this job"
        )
        back = running.update(state=JobState.WAITING, lease_until=None, worker="", run_at=at)
    return died + back


def retry_delay(attempts: int) -> dt.timedelta:
    """How long to wait after this many attempts: 2 s, 8 s, 32 s … up to an hour, ±20 % to scatter a crowd."""
    seconds = min(_LONGEST_DELAY_SECONDS, _FIRST_DELAY_SECONDS * _DELAY_GROWTH ** (attempts - 1))
    return dt.timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311 - not a secret


def remove_finished(older_than: dt.datetime) -> int:
    """Delete done jobs that ended before a moment, in small bites so that nobody waits long for the write lock."""
    removed = 0
    while True:
        done = Job.objects.filter(state=JobState.DONE, finished_at__lt=older_than)
        ids = list(done.order_by("finished_at").values_list("pk", flat=True)[:_BATCH])
        if not ids:
            return removed
        removed += Job.objects.filter(pk__in=ids, state=JobState.DONE).delete()[0]


def _row(
    function: JobFunction,
    args: Mapping[str, Json],
    *,
    run_at: dt.datetime | None,
    unique_key: str | None,
    priority: int,
    actor: ActorRef | None,
) -> Job:
    kind = kind_of(function)
    at = now()
    return Job(
        name=kind.name,
        args=dict(args),
        actor=asdict(actor) if actor else None,
        lane=kind.lane,
        priority=priority,
        run_at=run_at or at,
        max_attempts=kind.retries + 1,
        unique_key=unique_key,
        created_at=at,
    )


def _first_due(lane: Lane, at: dt.datetime, limit: int, *, lock: bool = False) -> list[tuple[int, dt.datetime | None]]:
    """The first due jobs of a lane and until when each counts as given to the broker."""
    found: list[tuple[int, dt.datetime | None]] = []
    for priority in reversed(Priority.values):
        rows = Job.objects.filter(state=JobState.WAITING, lane=lane, priority=priority, run_at__lte=at)
        if lock and connection.features.has_select_for_update:
            rows = rows.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
        found += rows.order_by("run_at", "pk").values_list("pk", "lease_until")[: limit - len(found)]
        if len(found) >= limit:
            break
    return found


def _is_undelivered(held_until: dt.datetime | None, at: dt.datetime) -> bool:
    return held_until is None or held_until < at or held_until > at + 10 * LEASE


def _mine(job: Job) -> QuerySet[Job]:
    return Job.objects.filter(pk=job.pk, state=JobState.RUNNING, worker=job.worker, attempts=job.attempts)
