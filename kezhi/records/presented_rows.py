"""Leaving the system in numbers: rows read by column become what one actor may see, with no object per record.

The same answers as ``Presented.as_json``, whose rules they take; a type whose fields look beyond their own column gets
no rows and is presented record by record.
"""

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import connection, models
from django.db.models.expressions import Col

from kezhi.access.policies import Policy
from kezhi.core import epochs
from kezhi.core.events import Json
from kezhi.core.model_fields import EncryptedField
from kezhi.records.fields import Field, IntegerField, MultiChoiceField, RecordField, TagsField, UserField
from kezhi.records.fields.plain import DateField
from kezhi.records.presenting import Presenter
from kezhi.records.registry import EPOCH

Convert = Callable[[Any], Any]

_PLAIN_GETS = (Field.get, MultiChoiceField.get)
_WHOLE_NUMBERS = (IntegerField.to_json, UserField.to_json, RecordField.to_json)
_TEXT_COLUMNS = (models.CharField, models.TextField)
_NUMBER_COLUMNS = (models.IntegerField, models.ForeignKey)


class PresentedRows:
    """Makes the API's answer of each row of a statement whose columns are known."""

    def __init__(self, presenter: Presenter, columns: Sequence["models.Field[Any, Any]"], keys: Sequence[str]) -> None:
        self._presenter = presenter
        self._keys = tuple(keys)
        self._at = {column.attname: place for place, column in enumerate(columns)}
        self._columns = {column.attname: column for column in columns}
        self._owner_at = self._at["owner_id"]
        self._makers: dict[bool, _Maker] = {}

    @staticmethod
    def possible(presenter: Presenter, columns: Sequence["models.Field[Any, Any]"], keys: Sequence[str]) -> bool:
        """Whether these fields can be told from these columns alone."""
        known = {column.attname for column in columns}
        policy = presenter.record_type.policy
        owner_is_a_column = policy.owner_path == "owner_id" and type(policy).owner_id is Policy.owner_id
        return owner_is_a_column and all(
            column_of(presenter.fields[key]) in known and _is_plain(presenter.fields[key]) for key in keys
        )

    def as_json(self, row: Sequence[Any]) -> dict[str, Json]:
        """One row: id, number, version and every field asked for that the actor knows of."""
        owner = row[self._owner_at]
        is_above = self._presenter.is_above(owner)
        maker = self._makers.get(is_above)
        if maker is None:
            maker = self._makers[is_above] = self._maker(owner)
        values = list(maker.pick(row))
        for place, convert in maker.filled:
            if values[place] is not None:
                values[place] = convert(values[place])
        for place, convert in maker.always:
            values[place] = convert(values[place])
        result = dict(zip(maker.names, values, strict=True))
        result["masked"] = [*maker.masked]
        return result

    def _maker(self, owner: int | None) -> "_Maker":
        fields, masked = self._presenter.shown_of(owner, self._keys)
        known = self._presenter.record_type
        shown = tuple((field.key, is_clear) for field, is_clear in fields)
        # Read by many: which columns there are, which of them are shown, and how.
        slot = ("rows", known.key, tuple(self._at), shown, tuple(masked))
        return epochs.cached(EPOCH, slot, lambda: self._new_maker(fields, masked))

    def _new_maker(self, fields: list[tuple[Field, bool]], masked: list[Json]) -> "_Maker":
        names = ["id", "number", "version", *(field.key for field, _is_clear in fields)]
        attributes = ["id", "number", "version", *(column_of(field) for field, _is_clear in fields)]
        filled: list[tuple[int, Convert]] = []
        always: list[tuple[int, Convert]] = []
        for place, (field, is_clear) in enumerate(fields, start=3):
            convert = _converter(field, self._columns[column_of(field)], is_clear)
            if convert is not None:
                (filled if convert(None) is None else always).append((place, convert))
        return _Maker(itemgetter(*(self._at[attribute] for attribute in attributes)), names, filled, always, masked)


class _Maker:
    """How the rows of one kind of owner are made: which columns, which of them need work, what is masked."""

    __slots__ = ("always", "filled", "masked", "names", "pick")

    def __init__(
        self,
        pick: Callable[[Any], tuple[Any, ...]],
        names: list[str],
        filled: list[tuple[int, Convert]],
        always: list[tuple[int, Convert]],
        masked: list[Json],
    ) -> None:
        self.pick, self.names, self.filled, self.always, self.masked = pick, names, filled, always, masked


def column_of(field: Field) -> str:
    """The attribute of the one column a field's value stands in."""
    if field.custom_id is not None:
        return "custom"
    return "tag_ids" if isinstance(field, TagsField) else field.attribute


def _is_plain(field: Field) -> bool:
    return type(field).get in _PLAIN_GETS or type(field).get is TagsField.get


def _converter(field: Field, column: "models.Field[Any, Any]", is_clear: bool) -> Convert | None:
    """From what the database gives to what leaves; None where that is the same."""
    read = reader_of(column)
    leave: Convert = field.to_json if is_clear else lambda value: field.mask(value) or None
    if field.custom_id is not None:
        return _custom(field, read, leave)
    if isinstance(field, TagsField):
        return lambda raw: leave(tuple(str(part) for part in read(raw) or ()) if read else raw)
    if isinstance(field, MultiChoiceField):
        return lambda raw: leave(tuple((read(raw) if read else raw) or ()))
    if is_clear and read is None:
        if type(field).to_json is Field.to_json and isinstance(column, _TEXT_COLUMNS):
            return None
        if type(field).to_json in _WHOLE_NUMBERS and isinstance(column, _NUMBER_COLUMNS):
            return None
    if is_clear and type(field).to_json is DateField.to_json and isinstance(column, models.DateTimeField):
        return _moment_json
    return leave if read is None else lambda raw: leave(read(raw))


def reader_of(column: "models.Field[Any, Any]") -> Convert | None:
    """What Django does to a value of this column; None for nothing."""
    expression = Col(column.model._meta.db_table, column)
    steps = [*connection.ops.get_db_converters(expression), *expression.get_db_converters(connection)]
    if not steps:
        return None
    if len(steps) == 1 and isinstance(column, EncryptedField):
        decrypted = column.from_db_value
        return lambda raw: decrypted(raw, expression, connection)

    def read(raw: Any) -> Any:
        for step in steps:
            raw = step(raw, expression, connection)
        return raw

    return read


def _moment_json(raw: Any) -> Json:
    # Stored in UTC; SQLite's come without saying so.
    if raw is None:
        return None
    text: str = raw.isoformat()
    return text if raw.tzinfo is not None else f"{text}+00:00"


def _custom(field: Field, read: Convert | None, leave: Convert) -> Convert:
    key = field.key
    nothing = field.from_json(None)

    def convert(raw: Any) -> Any:
        if raw in ("{}", None):
            return leave(nothing)
        values = read(raw) if read else raw
        return leave(field.from_json(values.get(key)))

    return convert


def columns_of(model: type[models.Model], names: Sequence[str]) -> list["models.Field[Any, Any]"]:
    """The columns that ``only(*names)`` reads, in the order it reads them; every column where no name is given."""
    wanted = set(names)
    columns = []
    for column in model._meta.concrete_fields:
        if not wanted or column.primary_key or column.name in wanted or column.attname in wanted:
            columns.append(column)
    if wanted - {name for column in columns for name in (column.name, column.attname)}:
        raise FieldDoesNotExist(model._meta.label)
    return columns
