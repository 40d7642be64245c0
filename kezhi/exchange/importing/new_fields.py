"""Columns no field of ours can take: a custom field is made for each, where the person may and says so (CUS-6)."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from django.utils.translation import gettext as _

from kezhi.access.actors import Actor
from kezhi.core.values.problem import ValueProblem
from kezhi.exchange.importing.runs import preview
from kezhi.exchange.models import ImportRun
from kezhi.exchange.reading import TargetKind, fits
from kezhi.records.models import CustomField
from kezhi.records.operations.custom_fields import ACTION, AREA, FieldDraft, add_field
from kezhi.records.operations.problems import InvalidRecord
from kezhi.records.registry import RecordType, record_type

# In the place of a field's key: a field is made for the column.
NEW = "+"
_MOSTLY = 0.9
_SOME = 0.5
_LONG = 120
_LONGEST_NAME = 40
# Plain numbers only: what has a unit or leading zeros (a code) stays a text.
_NUMBER = re.compile(r"^[-+]?(?:0|[1-9]\d*|[1-9]\d{0,2}(?:,\d{3})+)(?:\.\d+)?$")
_LONGEST_NUMBER = 15
_KINDS = {
    CustomField.Kind.DATE.value: TargetKind.DATE,
    CustomField.Kind.URL.value: TargetKind.URL,
    CustomField.Kind.YES_NO.value: TargetKind.BOOLEAN,
}
_PERSONAL = (TargetKind.PHONE, TargetKind.EMAIL)


def may_make_fields(known: RecordType, actor: Actor) -> bool:
    """Whether this actor may add fields to the type."""
    return actor.allows(AREA, ACTION) and any(group.key == "custom" for group in known.groups)


def kind_of(values: Sequence[str]) -> str:
    """The kind of field that holds these values as they are."""
    told = [value.strip() for value in values if value.strip()]
    if not told:
        return CustomField.Kind.TEXT
    if _share(told, _is_number) >= _MOSTLY:
        return CustomField.Kind.NUMBER
    for kind, target in _KINDS.items():
        if _share(told, partial(fits, kind=target)) >= _MOSTLY:
            return kind
    return CustomField.Kind.LONG_TEXT if max(map(len, told)) > _LONG else CustomField.Kind.TEXT


def make_fields(run: ImportRun, mapping: Mapping[int, str], *, actor: Actor) -> dict[int, str]:
    """The columns with the keys of the fields just made for those that wanted one.

    Raises:
        NotAllowed: the actor may not administer fields.
        ValueProblem: the heading cannot be a field's name.
    """
    settled = dict(mapping)
    wanted = [column for column, key in mapping.items() if key == NEW]
    if not wanted:
        return settled
    rows = preview(run).rows
    for column in wanted:
        heading = str(run.headings[column]).strip()
        values = [row[column] for row in rows if column < len(row)]
        told = [value for value in values if value.strip()]
        is_personal = max(_share(told, partial(fits, kind=kind)) for kind in _PERSONAL) >= _SOME
        kind = CustomField.Kind.TEXT.value if is_personal else kind_of(values)
        draft = FieldDraft(name_zh=heading[:_LONGEST_NAME], is_personal=is_personal)
        try:
            settled[column] = add_field(record_type(run.record_type), kind, draft, actor=actor).key
        except InvalidRecord as refused:
            words = {"name": heading[:_LONGEST_NAME], "why": next(iter(refused.problems.values()), "")}
            raise ValueProblem("import.field", _("不能新建字段“%(name)s”：%(why)s"), words) from None
    return settled


def _is_number(text: str) -> bool:
    return len(text) <= _LONGEST_NUMBER and _NUMBER.match(text) is not None


def _share(values: Sequence[str], test: Callable[[str], bool]) -> float:
    return sum(1 for value in values if test(value)) / len(values) if values else 0.0
