"""Which engine runs the jobs of this installation."""

from importlib import import_module
from typing import cast

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from kezhi.core.jobs.worker import Worker


def make_worker(*, io_threads: int = 2, scheduler: bool = True) -> Worker:
    """A worker of the configured engine (``JOBS_ENGINE``).

    Raises:
        ImproperlyConfigured: the engine needs something that is not installed.
    """
    if settings.JOBS_ENGINE != "celery":
        return Worker(io_threads=io_threads, scheduler=scheduler)
    try:
        # By name, because Celery is installed only where it is wanted.
        engine = import_module("kezhi.core.jobs.brokered").BrokeredWorker
    except ModuleNotFoundError as missing:
        raise ImproperlyConfigured(
            f"JOBS_ENGINE=celery needs {missing.name}: install Kezhi with its extra, kezhi[celery]."
        ) from None
    return cast(Worker, engine(io_threads=io_threads, scheduler=scheduler))
