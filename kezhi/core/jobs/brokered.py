"""The Celery engine: a broker carries the ids of due jobs to many machines; what happens to them stays in the table.

Nothing but a worker talks to the broker: a commit never waits for it, and while it is away nothing is lost. Each worker
hands due jobs to the broker and takes deliveries from it; a delivery is only a hint, and the claim in the table decides
who runs the job. Needs the optional dependency ``celery``.
"""

import logging
import threading

from celery import Celery
from celery.exceptions import Reject
from celery.worker import WorkController
from celery.worker import state as celery_state
from celery.worker.request import Request
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from kombu.exceptions import OperationalError as BrokerProblem

from kezhi.core.jobs.queue import claim_one, forget_delivery, take_undelivered
from kezhi.core.jobs.running import pause_between_jobs, run_claimed
from kezhi.core.jobs.worker import Worker
from kezhi.core.models.jobs import Job, Lane

TASK = "kezhi.run_job"
# Enough to keep many workers busy between two looks; every job beyond waits in the table, where urgent ones overtake.
_WITH_THE_BROKER = 200
_LOOK_SECONDS = 0.25
_BUSY_LOOK_SECONDS = 0.02
_LONGEST_BROKER_PAUSE = 5.0
_OUTAGE_PAUSE = 1.0

logger = logging.getLogger(__name__)
# A line or two for every job would bury what matters; the table tells of them.
logging.getLogger("celery").setLevel(logging.WARNING)


def queue_name(lane: Lane) -> str:
    """The broker's queue of a lane."""
    return f"kezhi.{lane.value}"


def broker_app(broker: str) -> Celery:
    """Celery, set up so that nothing is lost: acknowledged after the work, one message at a time, sends confirmed."""
    app = Celery("kezhi", broker=broker, set_as_current=False, fixups=[])
    app.conf.update(
        accept_content=["json"],
        broker_connection_max_retries=None,
        broker_connection_retry_on_startup=True,
        broker_connection_timeout=4,
        # A consumer is silent while it works. A connection that is dead shows when it wants to acknowledge.
        broker_heartbeat=0,
        broker_transport_options=_transport_options(broker),
        task_acks_late=True,
        task_create_missing_queues=True,
        task_ignore_result=True,
        task_reject_on_worker_lost=True,
        worker_enable_prefetch_count_reduction=False,
        worker_enable_remote_control=False,
        worker_hijack_root_logger=False,
        worker_prefetch_multiplier=1,
        worker_send_task_events=False,
    )
    return app


def _transport_options(broker: str) -> dict[str, object]:
    if broker.startswith("amqp"):
        return {"confirm_publish": True, "max_retries": 1}
    # Redis gives an unacknowledged message to somebody else after this long; the table is quicker anyway.
    return {"visibility_timeout": 3600, "socket_timeout": 30, "socket_connect_timeout": 4, "max_retries": 1}


class _Delivery(Request):  # type: ignore[misc]
    """A message in hand, which tells the consumer when it cannot be acknowledged.

    Celery only logs that. With one message at a time, a consumer whose connection was silently replaced would then wait
    for ever for the one it believes to be still at work; the error makes it connect anew.
    """

    def acknowledge(self) -> None:
        if not self.acknowledged:  # type: ignore[has-type]
            self.message.ack()
            self.acknowledged = True

    def reject(self, requeue: bool = False) -> None:
        if not self.acknowledged:
            self.message.reject(requeue=requeue)
            self.acknowledged = True


class BrokeredWorker(Worker):
    """Hands due jobs to the broker, takes deliveries from it, and does all else that a worker does."""

    def __init__(self, *, io_threads: int = 2, scheduler: bool = True, broker: str = "") -> None:
        super().__init__(io_threads=io_threads, scheduler=scheduler)
        self._broker = broker or str(settings.JOBS_BROKER)
        self._sender = broker_app(self._broker)
        self._broker_pause = 0.0
        self._is_busy = False

    def stop(self) -> None:
        celery_state.should_stop = 0
        super().stop()

    def _threads(self) -> list[threading.Thread]:
        lanes = [Lane.SHORT, *[Lane.IO] * self._io_threads]
        return [
            self._thread(f"{lane.value}-{number}", self._consume, lane, number) for number, lane in enumerate(lanes)
        ]

    def _serve(self) -> bool:
        """Sweep, and give the broker what is due; never without a pause, because a full broker has enough to do."""
        self._sweep()
        self._is_busy = any([self._hand_over(lane) for lane in Lane])  # noqa: C419 - each lane, also after a busy one
        return False

    def _wait(self) -> None:
        if self._broker_pause:
            self._stopping.wait(self._broker_pause)
        elif self._is_busy:
            self._stopping.wait(_BUSY_LOOK_SECONDS)
        else:
            self.presence.wait(_LOOK_SECONDS)

    def _hand_over(self, lane: Lane) -> bool:
        ids = take_undelivered(lane, limit=_WITH_THE_BROKER)
        if not ids:
            return False
        sent = 0
        try:
            with self._sender.producer_pool.acquire(block=True, timeout=10) as producer:
                for pk in ids:
                    self._sender.send_task(TASK, args=[pk], queue=queue_name(lane), producer=producer, retry=False)
                    sent += 1
            self._broker_pause = 0.0
        except (BrokerProblem, OSError) as problem:
            self._broker_pause = min(_LONGEST_BROKER_PAUSE, self._broker_pause * 2 or 0.5)
            logger.warning("the broker cannot be used, trying again: %s", problem)
            forget_delivery(ids[sent:])
        return True

    def _consume(self, lane: Lane, number: int) -> None:
        """One consumer, which runs what it gets in its own thread.

        Not Celery's thread pool: with one message at a time its consumer learns only a second later that a thread has
        become free.
        """
        app = broker_app(self._broker)
        app.set_current()
        app.task(name=TASK, shared=False, lazy=False, Request=_Delivery)(self._run_delivered)
        controller = WorkController(
            app=app,
            hostname=f"{lane.value}-{number}@{self.presence.name}",
            queues=[queue_name(lane)],
            pool="solo",
            concurrency=1,
            use_eventloop=False,  # it would be one for the whole process
            without_mingle=True,
            without_gossip=True,
            without_heartbeat=True,
        )
        try:
            controller.start()
        finally:
            # Half a worker would go unnoticed, a dead one is started again.
            self.stop()

    def _run_delivered(self, job_id: int) -> None:
        """The broker's one task. What it answers decides only about the message: the job's end is in the table."""
        try:
            with self._hands.taking(lambda: _claimed(job_id, self.presence.name)) as jobs:
                for job in jobs:
                    run_claimed(job)
                    pause_between_jobs()
        except (DatabaseError, InterfaceError) as problem:
            logger.warning("the database cannot be used, trying again: %s", problem)
            self._had_outage = True
            connection.close()
            self._stopping.wait(_OUTAGE_PAUSE)
            raise Reject(str(problem), requeue=True) from problem


def _claimed(job_id: int, worker: str) -> list[Job]:
    job = claim_one(job_id, worker=worker)
    return [job] if job else []
