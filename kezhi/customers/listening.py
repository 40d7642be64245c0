"""Telling apps above that customers were stored, so that they bring their own facts of them up to date."""

from collections.abc import Callable, Collection

Listener = Callable[[Collection[int]], object]
_listeners: list[Listener] = []


def on_customers_changed(listener: Listener) -> Listener:
    """Call ``listener(ids)`` in the transaction that created or changed these customers or facts of them."""
    if listener not in _listeners:
        _listeners.append(listener)
    return listener


def customers_changed(ids: Collection[int]) -> None:
    """Tell the listeners; set-wise, once per batch."""
    if ids:
        for listener in _listeners:
            listener(ids)
