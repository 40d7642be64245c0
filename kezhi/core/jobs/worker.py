"""The worker process: takes due jobs, runs them, starts schedules, recovers what dead workers held."""

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable

from django.db import DatabaseError, InterfaceError, connection

from kezhi.core.clock import now
from kezhi.core.jobs.clockwork import start_due_schedules, start_needed_jobs, sync_schedules
from kezhi.core.jobs.queue import claim, give_back, reap, renew_leases
from kezhi.core.jobs.registry import load_jobs
from kezhi.core.jobs.running import pause_between_jobs, run_claimed
from kezhi.core.models.jobs import Lane, WorkerPulse
from kezhi.core.wake import Presence, clear_remains

_BATCH = 20
_IDLE_SECONDS = 0.5
_SWEEP_SECONDS = 1.0
_LOOK_SECONDS = 0.1
_PULSE_SECONDS = 10.0
_PULSE_KEPT = dt.timedelta(hours=1)
_LONGEST_OUTAGE_PAUSE = 5.0

logger = logging.getLogger(__name__)


class Worker:
    """Runs jobs until told to stop: short ones in the calling thread, outside calls in ``io_threads`` more.

    ``scheduler=False`` leaves schedules to other workers. Several workers, on one machine or many, share one table.
    """

    def __init__(self, *, io_threads: int = 2, scheduler: bool = True) -> None:
        self.presence = Presence()
        self._io_threads = io_threads
        self._scheduler = scheduler
        self._stopping = threading.Event()
        self._work_for_io = threading.Event()
        self._next_sweep = 0.0
        self._next_look = 0.0

    def run(self) -> None:
        """Work until :meth:`stop`; a database that goes away is waited for."""
        load_jobs()
        clear_remains()
        threads = [
            threading.Thread(target=self._loop, args=(self._serve_io, self._wait_for_io), name=f"io-{number}")
            for number in range(self._io_threads)
        ]
        threads.append(threading.Thread(target=self._loop, args=(self._pulse, self._wait_for_pulse), name="pulse"))
        for thread in threads:
            thread.start()
        try:
            self._surviving(sync_schedules)
            self._loop(self._serve_short, self._wait_for_short)
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
        self.presence.wake()

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

    def _serve_short(self) -> bool:
        self._sweep()
        jobs = claim(Lane.SHORT, worker=self.presence.name, limit=_BATCH)
        for job in jobs:
            if self._stopping.is_set():
                break
            run_claimed(job)
            self._sweep()
            pause_between_jobs()
        return bool(jobs)

    def _wait_for_short(self) -> None:
        if self.presence.wait(_IDLE_SECONDS):
            self._work_for_io.set()

    def _serve_io(self) -> bool:
        jobs = claim(Lane.IO, worker=self.presence.name, limit=1)
        for job in jobs:
            run_claimed(job)
        return bool(jobs)

    def _wait_for_io(self) -> None:
        self._work_for_io.wait(_IDLE_SECONDS)
        self._work_for_io.clear()
        if self._stopping.is_set():
            self._work_for_io.set()

    def _sweep(self) -> None:
        """Start what is needed and due, and take back what dead workers held."""
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + _LOOK_SECONDS
            start_needed_jobs()
        if time.monotonic() < self._next_sweep:
            return
        self._next_sweep = time.monotonic() + _SWEEP_SECONDS
        if self._scheduler:
            start_due_schedules()
        reap()

    def _pulse(self) -> bool:
        at = now()
        WorkerPulse.objects.update_or_create(
            worker=self.presence.name, defaults={"seen_at": at}, create_defaults={"seen_at": at, "started_at": at}
        )
        WorkerPulse.objects.filter(seen_at__lt=at - _PULSE_KEPT).delete()
        renew_leases(self.presence.name)
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
