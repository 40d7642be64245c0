"""Which functions are jobs, and which of them start by the clock."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

from django.utils.module_loading import autodiscover_modules

from kezhi.core.jobs.cron import parse_cron
from kezhi.core.models.jobs import Lane

JobFunction = Callable[..., None]
Decorated = TypeVar("Decorated", bound=JobFunction)


@dataclass(frozen=True)
class JobKind:
    """A registered job: ``retries`` is how often it is tried again after a failure."""

    name: str
    run: JobFunction
    lane: Lane
    retries: int
    in_steps: bool = False


@dataclass(frozen=True)
class Clockwork:
    """A registered schedule: enqueue ``kind`` whenever ``cron`` matches in the company's zone."""

    name: str
    cron: str
    kind: JobKind


_kinds: dict[str, JobKind] = {}
_kinds_by_function: dict[JobFunction, JobKind] = {}
_schedules: dict[str, Clockwork] = {}
_needs: dict[str, Callable[[], bool]] = {}


def job(
    name: str, *, retries: int = 5, lane: str = "short", in_steps: bool = False
) -> Callable[[Decorated], Decorated]:
    """Make a function a job called ``name`` (stored in rows, so it must not change).

    ``short``: the function runs inside one transaction, which also marks the job done: both commit together.
    ``io``: it runs outside transactions under a lease, is called with ``idempotency_key`` besides its arguments, and
    may run twice. Its worker renews the lease, so it may take long.

    ``in_steps``: a short job that opens its transactions itself, each of which commits effects together with a mark of
    its own that they are done. It may begin again where it was broken off; its worker renews the lease.
    """

    def register(function: Decorated) -> Decorated:
        known = _kinds.get(name)
        if known is not None and known.run.__qualname__ != function.__qualname__:
            raise ValueError(f"two jobs are called {name!r}")
        kind = JobKind(name, function, Lane(lane), retries, in_steps)
        _kinds[name] = kind
        _kinds_by_function[function] = kind
        return function

    return register


def schedule(name: str, *, cron: str, retries: int = 5, lane: str = "short") -> Callable[[Decorated], Decorated]:
    """Enqueue a function by the clock (company zone). A function that is not yet a job becomes one of this name.

    Runs missed while no worker was alive are made up once, however many they were.
    """
    parse_cron(cron)

    def register(function: Decorated) -> Decorated:
        if function not in _kinds_by_function:
            job(name, retries=retries, lane=lane)(function)
        _schedules[name] = Clockwork(name, cron, _kinds_by_function[function])
        return function

    return register


def whenever(is_needed: Callable[[], bool]) -> Callable[[Decorated], Decorated]:
    """Keep one such job live as long as ``is_needed`` says so; workers ask several times a second, so it must be cheap.

    For work that would otherwise cost an extra row with every write. The function must be a job already.
    """

    def register(function: Decorated) -> Decorated:
        _needs[kind_of(function).name] = is_needed
        return function

    return register


def kind_of(function: JobFunction) -> JobKind:
    """The registration of a function; raises TypeError when it is not a job."""
    try:
        return _kinds_by_function[function]
    except KeyError:
        raise TypeError(f"{function.__qualname__} is not a job: decorate it with @job") from None


def kind_named(name: str) -> JobKind | None:
    """The job stored under ``name``, or None when no installed code knows it."""
    load_jobs()
    return _kinds.get(name)


def registered_schedules() -> dict[str, Clockwork]:
    load_jobs()
    return dict(_schedules)


def needed_key(name: str) -> str:
    """The unique key of the one job that is kept live while it is needed."""
    return f"needed:{name}"


def needed_keys(lane: Lane) -> list[str]:
    """The unique keys of all jobs of a lane that are kept live while they are needed."""
    load_jobs()
    return [needed_key(name) for name in _needs if _kinds[name].lane == lane]


def needed_jobs() -> list[JobKind]:
    """The jobs whose ``whenever`` says yes now."""
    load_jobs()
    return [_kinds[name] for name, is_needed in _needs.items() if is_needed()]


@cache
def load_jobs() -> None:
    """Import ``jobs`` and ``schedules`` of every installed app, so that what is stored by name can be found."""
    autodiscover_modules("jobs", "schedules")
