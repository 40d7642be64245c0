"""Rows that belong to a record and come and go with it through the API: a quote's lines, a bundle's parts.

The app that owns them registers how they are read and written::

    register_child_rows("quote", ChildRows("lines", _("明细"), governed_by="total", read=…, write=…, schema={…}))

They stand under their key in the record's own JSON, are written in the transaction of the record, and are seen by
those who read the field ``governed_by`` in the clear. Lists leave them out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.utils.functional import Promise

from kezhi.access.actors import Actor
from kezhi.access.policies import NotAllowed
from kezhi.core.events import Json
from kezhi.records.registry import RecordType


class WriteRows(Protocol):
    """Replaces the rows of a record by what a program sent; raises InvalidRecord with keys like ``lines.2.price``."""

    def __call__(self, record: Any, raw: object, /, *, actor: Actor) -> None: ...


@dataclass(frozen=True, kw_only=True)
class ChildRows:
    """One set of rows of a record type. ``schema`` is the JSON Schema of one row."""

    key: str
    label: str | Promise
    governed_by: str
    read: Callable[[Any, Actor], Sequence[Mapping[str, Json]]]
    write: WriteRows
    schema: Mapping[str, Json]


_rows: dict[str, dict[str, ChildRows]] = {}


def register_child_rows(record_type: str, rows: ChildRows) -> None:
    """Make a set of rows known.

    Raises:
        ValueError: the record type has rows of this key already.
    """
    known = _rows.setdefault(record_type, {})
    if rows.key in known:
        raise ValueError(f"{record_type} has rows called {rows.key!r} already")
    known[rows.key] = rows


def child_rows(record_type: RecordType) -> Mapping[str, ChildRows]:
    """The sets of rows of a record type by key."""
    return _rows.get(record_type.key, {})


def may_read_rows(record_type: RecordType, record: Any, rows: ChildRows, actor: Actor) -> bool:
    """Whether the actor, who sees the record, sees these rows of it."""
    return record_type.readable(rows.governed_by, actor, record_type.policy.owner_id(record))


def children_json(record_type: RecordType, record: Any, actor: Actor) -> dict[str, Json]:
    """All rows of a record the actor may see, by key."""
    return {
        rows.key: [dict(row) for row in rows.read(record, actor)]
        for rows in child_rows(record_type).values()
        if may_read_rows(record_type, record, rows, actor)
    }


def take_children(record_type: RecordType, values: dict[str, Any]) -> dict[str, Any]:
    """Take what is meant for rows out of the values of a request."""
    return {key: values.pop(key) for key in child_rows(record_type) if key in values}


def write_children(record_type: RecordType, record: Any, children: Mapping[str, Any], *, actor: Actor) -> None:
    """Write what :func:`take_children` gave; in the transaction of the record.

    Raises:
        NotAllowed: rows the actor may not even read.
    """
    for key, raw in children.items():
        rows = child_rows(record_type)[key]
        if not may_read_rows(record_type, record, rows, actor):
            raise NotAllowed(subject=record_type.key, action="edit")
        rows.write(record, raw, actor=actor)
