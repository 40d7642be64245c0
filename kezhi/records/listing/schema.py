"""What the condition editor offers for a type's list: the fields this actor may filter by, with their choices."""

from django.utils.translation import gettext

from kezhi.access.actors import Actor
from kezhi.access.directory import people_options
from kezhi.access.models import Department
from kezhi.access.rights import EPOCH as ACCESS_EPOCH
from kezhi.core import epochs
from kezhi.records.fields import MoneyField, RateField, RecordField, UserField
from kezhi.records.registry import BoundField, RecordType, TypeCatalogue, find_record_type
from kezhi.ui.conditions import EditorField, editor_schema


def list_schema(record_type: RecordType, actor: Actor) -> dict[str, object]:
    """Fields, operators and words for the editor; nothing the actor may not filter by."""
    groups = {group.key: str(group.label) for group in record_type.groups}
    return editor_schema(_editor_field(bound, groups, actor) for bound in TypeCatalogue(record_type, actor).fields())


def _editor_field(bound: BoundField, groups: dict[str, str], actor: Actor) -> EditorField:
    field = bound.field
    _own, dot, _rest = bound.key.partition(".")
    group = bound.label.partition(" · ")[0] if dot else groups.get(field.group, "")
    label = bound.label  # a related record's with that record's name: closed, a choice shows nothing of its group
    unit = gettext("元") if isinstance(field, MoneyField) else "%" if isinstance(field, RateField) else ""
    if isinstance(field, UserField):
        people: list[tuple[str | int, str]] = [
            ("me", gettext("我")),
            *((int(key), name) for key, name in people_options()),
        ]
        places: list[tuple[str | int, str]] = [("mine", gettext("我的部门")), *departments()]
        return EditorField(
            bound.key, label, bound.kind, group, choices=people, operator_choices={"in_department": places}
        )
    if isinstance(field, RecordField):
        target = find_record_type(field.to)
        url = f"/{target.slug}/options/" if target is not None else ""
        return EditorField(bound.key, label, bound.kind, group, options_url=url)
    choices = [(option.value, option.label) for option in field.options(actor)]
    return EditorField(bound.key, label, bound.kind, group, choices=choices, unit=unit)


def departments() -> list[tuple[int, str]]:
    """Departments by name, those below indented by their place."""
    rows = epochs.cached(ACCESS_EPOCH, "department names", lambda: tuple(Department.objects.order_by("path")))
    return [(row.pk, "　" * max(0, row.path.strip("/").count("/")) + row.label) for row in rows]
