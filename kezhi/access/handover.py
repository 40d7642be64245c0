"""What can be handed over when somebody leaves: every app that keeps somebody's work registers how it moves (ORG-6)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.utils.functional import Promise

from kezhi.access.actors import Actor


@dataclass(frozen=True, slots=True)
class Handover:
    """One kind of work.

    ``count(user_id)`` tells how much of it somebody has; ``move(from_id, to_id, actor)`` gives it all to somebody else
    under the actor's operation and tells how much moved. Moving again what has moved does nothing. ``comes_back``:
    undoing that operation gives it all back.
    """

    name: str
    label: str | Promise
    icon: str
    count: Callable[[int], int]
    move: Callable[[int, int, Actor], int]
    order: int = 50
    comes_back: bool = False


_handovers: dict[str, Handover] = {}
_sources: list[Callable[[], Iterable[Handover]]] = []


def register_handover(
    name: str,
    label: str | Promise,
    count: Callable[[int], int],
    move: Callable[[int, int, Actor], int],
    *,
    icon: str = "swap",
    order: int = 50,
) -> None:
    """Make one kind of work known; the same name again replaces it."""
    _handovers[name] = Handover(name, label, icon, count, move, order)


def register_handovers(source: Callable[[], Iterable[Handover]]) -> None:
    """Make kinds of work known that follow from a registry, which is asked each time."""
    if source not in _sources:
        _sources.append(source)


def handovers() -> list[Handover]:
    """Everything that can be handed over, in order."""
    known = dict(_handovers)
    for source in _sources:
        for handover in source():
            known.setdefault(handover.name, handover)
    return sorted(known.values(), key=lambda handover: (handover.order, handover.name))
