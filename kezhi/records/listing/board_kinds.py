"""What a domain adds to the board of one field: which columns, more on a card, its own way of moving (SAL-2).

A domain registers a kind in ``AppConfig.ready``; boards of every other field stay as they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.safestring import SafeString

from kezhi.access.actors import Actor
from kezhi.records.lists import Option
from kezhi.records.operations import InvalidRecord, change_record
from kezhi.records.registry import RecordType


@dataclass(frozen=True, slots=True)
class Switch:
    """Another set of columns somebody may look at: a pipeline, with its part of the address."""

    label: str
    value: str
    is_here: bool


@dataclass(frozen=True, slots=True)
class CardExtra:
    """More on a card: a class, what stands beside the amount, and the row below. Safe HTML."""

    css: str = ""
    beside: str = ""
    below: str = ""


class BoardKind:
    """The board of one field; each hook keeps the generic board unless a domain overrides it.

    ``reads`` are fields a card needs besides those it names; ``parameter`` is the part of the address that says which
    set of columns is shown, ``switch_label`` what such sets are called; ``second_sum`` is summed up beside the
    amount.
    """

    reads: tuple[str, ...] = ()
    parameter: str = ""
    switch_label: str | Promise = ""
    second_sum: str = ""

    def chosen(self, request: HttpRequest) -> str:
        """Which set of columns is asked for."""
        return ""

    def options(self, options: Sequence[Option], chosen: str) -> list[Option]:
        """The columns of this set."""
        return list(options)

    def switches(self, chosen: str) -> list[Switch]:
        """The sets there are; fewer than two are not offered."""
        return []

    def note(self, option: Option) -> str:
        """A short line below the column's name."""
        return ""

    def card(self, record: Any, actor: Actor) -> CardExtra:
        """More on this card, without a query."""
        return CardExtra()

    def remember(self, response: HttpResponse, chosen: str) -> None:
        """Keep the chosen set for the next visit."""

    def move(self, record: Any, key: str, value: str, *, actor: Actor, version: int | None) -> Any:
        """Put a record into another column; raises what :func:`change_record` raises."""
        return change_record(record, {key: value}, actor=actor, version=version)

    def refusal(self, record: Any, value: str, refused: InvalidRecord, back: str) -> tuple[SafeString | None, str]:
        """What the card says after a refusal, and the address of a sheet in which it can be put right ("" for none)."""
        return None, ""


_PLAIN = BoardKind()
_kinds: dict[tuple[str, str], BoardKind] = {}


def register_board_kind(record_type: str, field: str, kind: BoardKind) -> None:
    """Let a domain shape the board of a field."""
    _kinds[record_type, field] = kind


def board_kind(record_type: RecordType, field: str) -> BoardKind:
    """The kind registered for this board, or the plain one."""
    return _kinds.get((record_type.key, field), _PLAIN)
