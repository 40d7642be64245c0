"""Small marks beside the names in lists and on boards, read for a whole page at once (running clocks)."""

from collections.abc import Callable, Mapping, Sequence

# From a record type's key and the ids on the page to safe HTML by id; at most one query.
Marker = Callable[[str, Sequence[int]], Mapping[int, str]]

_markers: list[Marker] = []


def register_marks(marker: Marker) -> None:
    """Let an app put marks beside the names of records; registering it again is harmless."""
    if marker not in _markers:
        _markers.append(marker)


def marks_for(record_type: str, ids: Sequence[int]) -> dict[int, str]:
    """The marks of these records, in the order the apps registered."""
    found: dict[int, str] = {}
    for marker in _markers:
        for pk, mark in marker(record_type, ids).items():
            found[pk] = found.get(pk, "") + mark
    return found
