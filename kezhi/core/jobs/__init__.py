"""Background work in the database: jobs, lanes, retries, schedules and the worker that runs them (architecture §4).

A **job** is a row naming a registered function and its JSON arguments, stored in the transaction that needs it. A short
job runs inside one transaction together with its "done"; an I/O job runs outside under a lease and gets an idempotency
key. A **schedule** enqueues a job by the clock. Imports nothing of Kezhi but core.
"""

from kezhi.core.jobs.queue import JobOrder, enqueue, enqueue_many, rerun_job
from kezhi.core.jobs.registry import job, schedule, whenever
from kezhi.core.jobs.running import PermanentFailure, run_pending
from kezhi.core.jobs.worker import Worker
from kezhi.core.models.jobs import Job, JobState, Lane, Priority, Schedule

__all__ = [
    "Job",
    "JobOrder",
    "JobState",
    "Lane",
    "PermanentFailure",
    "Priority",
    "Schedule",
    "Worker",
    "enqueue",
    "enqueue_many",
    "job",
    "rerun_job",
    "run_pending",
    "schedule",
    "whenever",
]
