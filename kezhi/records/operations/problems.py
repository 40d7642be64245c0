"""What an operation on a record may refuse with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise


class InvalidRecord(Exception):
    """What was typed cannot be stored; ``problems`` has a sentence per field key ("" for the record as a whole)."""

    def __init__(self, problems: Mapping[str, str | Promise]) -> None:
        super().__init__(", ".join(f"{key}: {text}" for key, text in problems.items()))
        self.problems = dict(problems)


@dataclass(frozen=True, slots=True)
class Clash:
    """One field two people changed: what it was when the form was opened is gone; theirs is stored, mine is not."""

    field: str
    theirs: Any
    mine: Any
    by: str


class Conflict(Exception):
    """Somebody else changed the same fields first; nothing was stored."""

    def __init__(self, record: Any, clashes: tuple[Clash, ...]) -> None:
        super().__init__(f"{record!r} changed meanwhile: {', '.join(clash.field for clash in clashes)}")
        self.record = record
        self.clashes = clashes
