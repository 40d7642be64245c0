"""``field__among=ids(…)``: what ``__in`` says of whole numbers, written out once and not once per statement.

The gate compares owners in nearly every statement, often with hundreds of ids. Django looks at each of them four times
on the way into a statement; these are numbers that never came from outside, and stand in the text itself.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import ForeignKey, IntegerField, Lookup
from django.db.models.sql.compiler import SQLCompiler

if TYPE_CHECKING:
    _Lookup = Lookup[Any]
else:
    _Lookup = Lookup


@dataclass(frozen=True, slots=True)
class Ids:
    """Whole numbers and how SQL names them; not iterable, so that Django passes them on as they are."""

    numbers: frozenset[int]
    sql: str


@lru_cache(maxsize=1024)
def _written(numbers: frozenset[int]) -> Ids:
    return Ids(numbers, ", ".join(str(int(number)) for number in sorted(numbers)))


def ids(numbers: Collection[int]) -> Ids:
    """These numbers, at least one, for a filter with ``__among``."""
    if not numbers:
        raise ValueError("nothing is among no numbers; ask for pk__in=() instead")
    return _written(frozenset(numbers))


@IntegerField.register_lookup
@ForeignKey.register_lookup
class Among(_Lookup):
    """Whether a column holds one of the numbers."""

    lookup_name = "among"
    prepare_rhs = False
    rhs: Ids

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[str | int, ...]]:
        """``column IN (1, 2, 3)``."""
        left, params = self.process_lhs(compiler, connection)
        return f"{left} IN ({self.rhs.sql})", tuple(params)
