"""The worker process: takes due jobs, runs them, starts schedules, recovers what dead workers held."""

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import DatabaseError, InterfaceError, connection

from kezhi.core.clock import now
from kezhi.core.jobs.clockwork import start_due_schedules, start_needed_jobs, sync_schedules
from kezhi.core.jobs.queue import claim, give_back, reap, renew_leases
from kezhi.core.jobs.registry import load_jobs, needed_keys
from kezhi.core.jobs.running import pause_between_jobs, run_claimed
from kezhi.core.models.jobs import Job, Lane, WorkerPulse
from kezhi.core.wake import Presence, clear_remains

_BATCH = 20
_IDLE_SECONDS = 0.5
_SWEEP_SECONDS = 1.0
_LOOK_SECONDS = 0.1
_PULSE_SECONDS = 10.0
_PULSE_KEPT = dt.timedelta(hours=1)
_LONGEST_OUTAGE_PAUSE = 5.0

logger = logging.getLogger(__name__)


class Hands:
    """The claimed jobs that a worker's threads have in hand: only their leases are renewed.

    A job that was claimed and then lost to an outage of the database is in nobody's hand and can be given back.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ids: set[int] = set()

    @contextmanager
    def taking(self, claim_jobs: Callable[[], list[Job]]) -> Iterator[list[Job]]:
        """Claim jobs and hold them until the block ends, however it ends."""
        with self._lock:  # so that nobody gives back what is claimed but not yet noted here
            jobs = claim_jobs()
            self._ids.update(job.pk for job in jobs)
        try:
            yield jobs
        finally:
            self.drop(*jobs)

    def drop(self, *jobs: Job) -> None:
        with self._lock:
            self._ids.difference_update(job.pk for job in jobs)

    @contextmanager
    def held(self) -> Iterator[list[int]]:
        """The ids in hand; nothing is claimed meanwhile."""
        with self._lock:
            yield list(self._ids)


class Worker:
    """Runs jobs until told to stop: short ones in the calling thread, outside calls in ``io_threads`` more.

    What is kept live while it is needed (sealing events, from which rules start) has a thread of its own beside those:
    it would wait for as long as imports and servers that do not answer keep them busy. ``scheduler=False`` leaves
    schedules to other workers. Several workers, on one machine or many, share one table.
    """

    def __init__(self, *, io_threads: int = 2, scheduler: bool = True) -> None:
        self.presence = Presence()
        self._io_threads = io_threads
        self._scheduler = scheduler
        self._stopping = threading.Event()
        self._work_for_io = threading.Event()
        self._needed = threading.Event()
        self._hands = Hands()
        self._had_outage = False
        self._next_sweep = 0.0
        self._next_look = 0.0

    def run(self) -> None:
        """Work until :meth:`stop`; a database that goes away is waited for."""
        load_jobs()
        clear_remains()
        prompt = self._thread("prompt", self._loop, self._serve_needed, self._wait_for_needed)
        threads = [*self._threads(), prompt, self._thread("pulse", self._loop, self._pulse, self._wait_for_pulse)]
        for thread in threads:
            thread.start()
        try:
            self._surviving(sync_schedules)
            self._loop(self._serve, self._wait)
        finally:
            self.stop()
            for thread in threads:
                thread.join()
            self._surviving(self._sign_off)
            self.presence.leave()

    def stop(self) -> None:
        """Finish the job at hand and end; may be called from a signal handler or another thread."""
        self._stopping.set()
        self._work_for_io.set()
        self._needed.set()
        self.presence.wake()

    def _threads(self) -> list[threading.Thread]:
        """What works beside the calling thread."""
        return [
            self._thread(f"io-{number}", self._loop, self._serve_io, self._wait_for_io)
            for number in range(self._io_threads)
        ]

    def _thread(self, name: str, act: Callable[..., None], *args: object) -> threading.Thread:
        return threading.Thread(target=act, args=args, name=name)

    def _loop(self, serve: Callable[[], bool], wait: Callable[[], None]) -> None:
        """Serve without a pause while there is work; ride out a database that is locked, full or restarting."""
        pause = 0.1
        try:
            while not self._stopping.is_set():
                try:
                    busy = serve()
                    pause = 0.1
                except (DatabaseError, InterfaceError) as problem:
                    logger.warning("the database cannot be used, trying again: %s", problem)
                    self._had_outage = True
                    connection.close()
                    self._stopping.wait(pause)
                    pause = min(_LONGEST_OUTAGE_PAUSE, pause * 2)
                    continue
                if not busy:
                    wait()
        finally:
            # Also when a thread fails unexpectedly: half a worker would go unnoticed, a dead one is started again.
            self.stop()
            connection.close()

    def _serve(self) -> bool:
        self._sweep()
        with self._hands.taking(lambda: claim(Lane.SHORT, worker=self.presence.name, limit=_BATCH)) as jobs:
            for job in jobs:
                if self._stopping.is_set():
                    break
                run_claimed(job)
                self._hands.drop(job)
                self._sweep()
                pause_between_jobs()
        return bool(jobs)

    def _wait(self) -> None:
        if self.presence.wait(_IDLE_SECONDS):
            self._work_for_io.set()

    def _serve_io(self) -> bool:
        with self._hands.taking(lambda: claim(Lane.IO, worker=self.presence.name, limit=1)) as jobs:
            for job in jobs:
                run_claimed(job)
        return bool(jobs)

    def _serve_needed(self) -> bool:
        keys = needed_keys(Lane.IO)
        with self._hands.taking(lambda: claim(Lane.IO, worker=self.presence.name, limit=1, keys=keys)) as jobs:
            for job in jobs:
                run_claimed(job)
        return bool(jobs)

    def _wait_for_needed(self) -> None:
        self._needed.wait(_IDLE_SECONDS)
        self._needed.clear()

    def _wait_for_io(self) -> None:
        self._work_for_io.wait(_IDLE_SECONDS)
        self._work_for_io.clear()
        if self._stopping.is_set():
            self._work_for_io.set()

    def _sweep(self) -> None:
        """Start what is needed and due, and take back what dead workers held."""
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + _LOOK_SECONDS
            if start_needed_jobs():
                self._needed.set()
        if time.monotonic() < self._next_sweep:
            return
        self._next_sweep = time.monotonic() + _SWEEP_SECONDS
        if self._had_outage:
            with self._hands.held() as ids:
                give_back(self.presence.name, keep=ids)
            self._had_outage = False
        if self._scheduler:
            start_due_schedules()
        reap()

    def _pulse(self) -> bool:
        at = now()
        WorkerPulse.objects.update_or_create(
            worker=self.presence.name, defaults={"seen_at": at}, create_defaults={"seen_at": at, "started_at": at}
        )
        WorkerPulse.objects.filter(seen_at__lt=at - _PULSE_KEPT).delete()
        with self._hands.held() as ids:
            renew_leases(self.presence.name, ids)
        return False

    def _wait_for_pulse(self) -> None:
        self._stopping.wait(_PULSE_SECONDS)

    def _sign_off(self) -> None:
        give_back(self.presence.name)
        WorkerPulse.objects.filter(worker=self.presence.name).delete()

    def _surviving(self, act: Callable[[], None]) -> None:
        try:
            act()
        except (DatabaseError, InterfaceError) as problem:
            logger.warning("the database cannot be used: %s", problem)
            connection.close()
