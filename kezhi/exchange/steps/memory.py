"""Python's search for garbage, kept out of the way of long work.

It walks over everything alive whenever enough is new; with the index of a long list in memory that costs a third of the
time and finds next to nothing.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_BATCHES_BETWEEN = 25


@contextmanager
def rare_collection() -> Iterator["Collector"]:
    """Collect garbage only when told, for the time of the block."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield Collector()
    finally:
        if was_on:
            gc.enable()


class Collector:
    """Counts batches; every so many of them it collects."""

    def __init__(self) -> None:
        self._batches = 0

    def batch_done(self) -> None:
        """A batch is over."""
        self._batches += 1
        if self._batches % _BATCHES_BETWEEN == 0:
            gc.collect()
