"""Who wants to know when tasks change: apps above register here, since work knows none of them."""

from collections.abc import Callable, Sequence

from kezhi.work.models import Task

Listener = Callable[[Sequence[Task]], None]
_listeners: list[Listener] = []


def on_tasks_changed(listener: Listener) -> Listener:
    """Call ``listener`` with the tasks, in the transaction that stored them."""
    _listeners.append(listener)
    return listener


def tasks_changed(tasks: Sequence[Task]) -> None:
    """Tell everybody who registered."""
    for listener in _listeners:
        listener(tasks)
