"""How complete a record is: filled fields against their weights (CUS-10)."""

from dataclasses import dataclass
from typing import Any

from kezhi.core import epochs
from kezhi.records.fields import Field
from kezhi.records.registry import EPOCH, RecordType


@dataclass(frozen=True, slots=True)
class Completeness:
    """``percent`` 0–100 and the weighted fields that are still empty."""

    percent: int
    missing: tuple[Field, ...]


def completeness(record_type: RecordType, record: Any) -> Completeness:
    """The completeness of a record over the fields that apply to its kind; 100 where none has a weight."""
    kind = getattr(record, "kind", "")
    weighted, total = epochs.cached(EPOCH, ("weights", record_type.key, kind), lambda: _weighted(record_type, kind))
    missing = tuple(field for field in weighted if field.is_empty(field.get(record)))
    if not total:
        return Completeness(100, ())
    lost = sum(field.weight for field in missing)
    return Completeness(round(100 * (total - lost) / total), missing)


def _weighted(record_type: RecordType, kind: str) -> tuple[list[Field], int]:
    fields = record_type.all_fields().values()
    weighted = [field for field in fields if field.weight and (not field.for_kinds or kind in field.for_kinds)]
    return weighted, sum(field.weight for field in weighted)


def missing_for_follow_up(record_type: RecordType, record: Any) -> list[Field]:
    """The fields that must be filled before a follow-up can be saved (FUP-3)."""
    kind = getattr(record, "kind", "")
    return [
        field
        for field in record_type.all_fields().values()
        if field.follow_up and (not field.for_kinds or kind in field.for_kinds) and field.is_empty(field.get(record))
    ]
