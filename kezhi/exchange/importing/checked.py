"""What the check made of a row, kept with it: rows nobody touched since are stored without being read a second time."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.db import models
from django.utils import translation

from kezhi import __version__
from kezhi.access.actors import Actor
from kezhi.core import epochs
from kezhi.core.blanks import defaults_of, new_object
from kezhi.core.clock import today
from kezhi.exchange.importing.checking import DraftedRow, RowReader
from kezhi.records.behaviour import Draft
from kezhi.records.fields import FileField, RecordField
from kezhi.records.registry import RecordType, record_type

_PLAIN = frozenset({str, int, bool, float, type(None), list, dict})
_OTHER = "~"

_write = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def present_stamp() -> str:
    """What a check hangs on besides the row: lists, fields, figures, people and rights, the day, the language, the
    program. A checked row holds only as long as this is the same."""
    return f"{epochs.state()} {today()} {translation.get_language()} {__version__}"[:120]


def can_be_kept(reader: RowReader) -> bool:
    """Whether nothing else decides about these columns: what points to a record or must be unique is asked again."""
    fields = [target.field for _column, target in reader.columns]
    fields += [each for each in reader.record_type.all_fields().values() if each.unique]
    return not any(isinstance(each, RecordField | FileField) or each.unique for each in fields)


def pack(row: DraftedRow) -> str:
    """A sound row as JSON; it holds personal data and is stored encrypted."""
    related = [[kind.record_type, *_pack(draft)] for kind, draft in row.related]
    return _write([*_pack(row.main), related])


class Unpacker:
    """Makes the records of kept rows anew."""

    def __init__(self, reader: RowReader, actor: Actor) -> None:
        self._type = reader.record_type
        self._actor = actor
        self._related = {each.record_type: each for each in reader.targets.profile.related}

    def rows(self, packed: list[str]) -> list[DraftedRow]:
        """The drafts as they were when they were checked."""
        found = []
        for text in packed:
            values, keys, related = json.loads(text)
            row = DraftedRow({}, self._draft(self._type, values, keys))
            for name, own_values, own_keys in related:
                kind = self._related[name]
                draft = self._draft(record_type(name), own_values, own_keys)
                setattr(draft.record, kind.through, row.main.record)
                row.related.append((kind, draft))
            found.append(row)
        self._type.behaviour.check(self._type, [row.main for row in found])
        for name in self._related:
            drafts = [draft for row in found for kind, draft in row.related if kind.record_type == name]
            record_type(name).behaviour.check(record_type(name), drafts)
        for row in found:
            row.problems.update({key: str(text) for key, text in row.main.problems.items()})
            for kind, draft in row.related:
                row.problems.update({f"{kind.record_type}.{key}": str(text) for key, text in draft.problems.items()})
        return found

    def _draft(self, known: RecordType, values: Mapping[str, Any], keys: list[str]) -> Draft:
        given = dict(values)
        for name, text in given.pop(_OTHER, {}).items():
            given[name] = _columns(known.model)[name].to_python(text)
        record = new_object(known.model, **given)
        fields = known.all_fields()
        return Draft(record, {}, {key: fields[key].get(record) for key in keys}, self._actor, is_new=True)


def _pack(draft: Draft) -> tuple[dict[str, Any], list[str]]:
    model: type[models.Model] = type(draft.record)
    blank, columns = _defaults(model), _columns(model)
    values: dict[str, Any] = {}
    other: dict[str, str] = {}
    for name, value in draft.record.__dict__.items():
        if name not in columns or value == blank[name]:
            continue
        if type(value) in _PLAIN:
            values[name] = value
        elif isinstance(value, str):
            values[name] = str(value)  # a choice
        else:
            other[name] = columns[name].value_to_string(draft.record)
    if other:
        values[_OTHER] = other
    fields = set(draft.after)
    return values, sorted(fields)


@lru_cache(maxsize=64)
def _columns(model: type[models.Model]) -> dict[str, Any]:
    return {field.attname: field for field in model._meta.concrete_fields}


@lru_cache(maxsize=64)
def _defaults(model: type[models.Model]) -> dict[str, Any]:
    return defaults_of(model)
