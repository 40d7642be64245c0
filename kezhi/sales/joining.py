"""Telling apps above that leads became customers or ceased to be, so that they bring facts of those up to date."""

from collections.abc import Callable, Collection

Listener = Callable[[set[int]], object]
_listeners: list[Listener] = []


def on_leads_joined(listener: Listener) -> Listener:
    """Call ``listener(customer ids)`` in the transaction in which a lead became a customer or ceased to be one."""
    if listener not in _listeners:
        _listeners.append(listener)
    return listener


def leads_joined(customer_ids: Collection[int]) -> None:
    """Tell the listeners."""
    for listener in _listeners:
        listener(set(customer_ids))
