"""Running one claimed job, in the way of its lane."""

import time
import traceback

from django.db import connection, transaction

from kezhi.core.clock import now
from kezhi.core.events import ActorRef
from kezhi.core.jobs.queue import claim, fail, finish
from kezhi.core.jobs.registry import JobKind, kind_named
from kezhi.core.models.jobs import Job, JobState, Lane

_TEST_WORKER = "in-process"


class PermanentFailure(Exception):
    """Raised by a job whose repetition cannot help: it goes to the dead at once."""


class _LeaseLost(Exception):
    """Another worker holds the job by now; whatever this one did is rolled back."""


def run_claimed(job: Job) -> BaseException | None:
    """Run a claimed job and record its end; gives the error of a failed attempt.

    A short job's "done" is written first, inside the transaction that then runs it: the unique key is free for whoever
    commits later, a lost lease stops the work before it starts, and both commit together or not at all.
    """
    try:
        kind = kind_named(job.name)
        if kind is None:
            raise LookupError(f"no installed code knows the job {job.name!r}")
        if kind.in_steps:
            _run_steps(kind, job)
        elif kind.lane is Lane.SHORT:
            _run_short(kind, job)
        else:
            _run_io(kind, job)
    except _LeaseLost:
        return None
    except Exception as error:
        # The one place where every error ends well: it is stored with the job and shown to a person.
        fail(job, traceback.format_exc(), for_good=isinstance(error, PermanentFailure))
        return error
    return None


def run_pending(limit: int | None = None, *, raise_errors: bool = True) -> int:
    """Run due jobs of both lanes here and now until none is due or ``limit`` is reached; gives how many ran.

    For tests and commands. A failed attempt is recorded as in a worker and then raised, unless told otherwise.
    """
    done = 0
    while limit is None or done < limit:
        jobs = claim(Lane.SHORT, worker=_TEST_WORKER, limit=1) or claim(Lane.IO, worker=_TEST_WORKER, limit=1)
        if not jobs:
            break
        error = run_claimed(jobs[0])
        done += 1
        if error is not None and raise_errors:
            raise error
    return done


def pause_between_jobs() -> None:
    """On SQLite leave the write lock free for a moment, or waiting pages starve behind a busy worker."""
    if connection.vendor == "sqlite":
        time.sleep(0.001)


def _run_short(kind: JobKind, job: Job) -> None:
    with transaction.atomic():
        if not finish(job):
            raise _LeaseLost
        kind.run(**_arguments(job))


def _run_steps(kind: JobKind, job: Job) -> None:
    _check_lease(job)
    kind.run(**_arguments(job))
    finish(job)


def _run_io(kind: JobKind, job: Job) -> None:
    _check_lease(job)
    kind.run(**_arguments(job), idempotency_key=job.idempotency_key)
    finish(job)


def _check_lease(job: Job) -> None:
    if not Job.objects.filter(pk=job.pk, state=JobState.RUNNING, worker=job.worker, attempts=job.attempts).exists():
        raise _LeaseLost


def _arguments(job: Job) -> dict[str, object]:
    arguments: dict[str, object] = dict(job.args)
    if job.actor is not None:
        arguments["actor"] = ActorRef(**job.actor)
    return arguments


def seconds_waiting() -> float:
    """How long the oldest due job has been waiting; 0 when none is due."""
    at = now()
    oldest = (
        Job.objects.filter(state=JobState.WAITING, run_at__lte=at).order_by("run_at").values_list("run_at", flat=True)
    )
    first = oldest.first()
    return (at - first).total_seconds() if first else 0.0
