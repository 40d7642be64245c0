"""The names of cadence plans for fields and conditions; the plans themselves belong to the app above (FUP-1)."""

from collections.abc import Callable

from kezhi.records.lists import Choices

_source: list[Callable[[], Choices]] = []


def register_cadences(source: Callable[[], Choices]) -> None:
    """Say where the names of cadence plans come from."""
    _source[:] = [source]


def cadences() -> Choices:
    """The plans there are."""
    return _source[0]() if _source else Choices(())
