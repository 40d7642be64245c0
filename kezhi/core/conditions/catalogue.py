"""What the condition language needs to know of fields and of the moment it is used in."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from django.db.models import Q
from django.utils.functional import Promise


class ConditionField(Protocol):
    """A field as conditions see it.

    ``kind`` is one of text, number, date, datetime, choice, many, yesno, user, record, secret. Values of tests are
    plain: str, Decimal, date, aware datetime, option key, tuple of keys, bool, id.
    """

    @property
    def key(self) -> str: ...

    @property
    def label(self) -> str | Promise: ...

    @property
    def kind(self) -> str: ...

    def q(self, build: "Callable[[str], Q]", role: str = "value") -> Q:
        """The filter ``build(lookup path)`` for this field.

        ``role`` says which of a field's columns is meant: value; exact or tail (secret fields); any (the links of a
        field with many values); empty (``build`` asks whether there is nothing).
        """
        ...

    def read_operand(self, raw: object) -> object:
        """One operand in the field's own stored form; raises ValueProblem."""
        ...

    def operand_text(self, operand: object) -> str:
        """One operand as a reader of the sentence sees it."""
        ...

    def secret_index(self, operand: str, role: str) -> str:
        """The blind index under which an encrypted field keeps this value; only for kind secret."""
        ...


class Catalogue(Protocol):
    """The fields that somebody may use in a condition."""

    def field(self, key: str) -> ConditionField | None: ...


@dataclass(frozen=True, slots=True)
class ConditionContext:
    """The moment and the person a condition is used for.

    ``today`` is a day in the company's zone and ``day_start`` gives a day's first moment in UTC. ``my_department_ids``
    are the person's department and those below; ``members`` gives the ids of the users in some departments and below.
    """

    now: datetime
    today: date
    day_start: Callable[[date], datetime]
    me: int | None = None
    my_department_ids: frozenset[int] = frozenset()
    members: Callable[[frozenset[int]], frozenset[int]] = lambda departments: frozenset()
