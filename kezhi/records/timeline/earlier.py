"""What a record was before: the history of another record that became it stands on its timeline, too (LEAD-5)."""

from collections.abc import Callable, Sequence
from typing import Any

# The type of a record that became another one, and its id.
Before = tuple[str, int]
Source = Callable[[Any], Sequence[Before]]
_sources: dict[str, list[tuple[str, Source]]] = {}


def register_earlier(record_type: str, before: str, source: Source) -> None:
    """Let ``source(record)`` name the records of type ``before`` that became this one; at most one query."""
    if (before, source) not in _sources.setdefault(record_type, []):
        _sources[record_type].append((before, source))


def earlier_records(record_type: str, record: Any) -> list[Before]:
    """The records whose history goes before this one's."""
    return [found for _before, source in _sources.get(record_type, ()) for found in source(record)]


def earlier_types(record_type: str) -> list[str]:
    """The types records of this type may have been before."""
    return [before for before, _source in _sources.get(record_type, ())]
