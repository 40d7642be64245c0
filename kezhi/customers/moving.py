"""What points to one record goes to another, and back again; for merging (CUS-12)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from kezhi.records.fields import RecordField
from kezhi.records.models import CustomField, CustomValue, RecordFile
from kezhi.records.registry import record_types
from kezhi.work.models import Task

Moved = dict[str, list[int]]


def move_rows(to: str, kept_id: int, gone_id: int) -> Moved:
    """Let everything that points to one record of this type point to another; gives what moved, for :func:`move_back`.

    Fields that are built in and made on screen, tasks about the record, its files.
    """
    moved: Moved = {}
    for name, model, column in _columns(to):
        rows = model.objects.ungated("merge").filter(**{column: gone_id})
        moved[name] = list(rows.values_list("pk", flat=True))
        rows.update(**{column: kept_id})
    for name, model, row in _custom_fields(to):
        found = CustomValue.objects.filter(field=row, number=gone_id).values_list("record_id", flat=True)
        moved[name] = list(found)
        _point(model, row, moved[name], gone_id, kept_id)
    tasks = Task.objects.ungated("merge").filter(about_type=to, about_id=gone_id)
    moved["task.about"] = list(tasks.values_list("pk", flat=True))
    tasks.update(about_id=kept_id)
    files = RecordFile.objects.filter(record_type=to, record_id=gone_id)
    moved["file"] = list(files.values_list("pk", flat=True))
    files.update(record_id=kept_id)
    return moved


def move_back(to: str, kept_id: int, gone_id: int, moved: Mapping[str, list[int]]) -> None:
    """Only what still hangs on the kept record goes back; what somebody moved on since stays where it is."""
    for name, model, column in _columns(to):
        rows = model.objects.ungated("taking a merge apart").filter(pk__in=moved.get(name, []))
        rows.filter(**{column: kept_id}).update(**{column: gone_id})
    for name, model, row in _custom_fields(to):
        _point(model, row, moved.get(name, []), kept_id, gone_id)
    tasks = Task.objects.ungated("taking a merge apart").filter(pk__in=moved.get("task.about", []))
    tasks.filter(about_type=to, about_id=kept_id).update(about_id=gone_id)
    files = RecordFile.objects.filter(pk__in=moved.get("file", []), record_type=to, record_id=kept_id)
    files.update(record_id=gone_id)


def _columns(to: str) -> Iterator[tuple[str, Any, str]]:
    """(name, model, column) of every built-in field that points to records of this type."""
    for known in record_types():
        for each in known.fields:
            if isinstance(each, RecordField) and each.to == to:
                yield f"{known.key}.{each.attribute}", known.model, each.attribute


def _custom_fields(to: str) -> Iterator[tuple[str, Any, CustomField]]:
    """(name, model, field) of every field made on screen that points to records of this type, switched off or not."""
    if to != CustomField.Kind.CUSTOMER:
        return
    models = {known.key: known.model for known in record_types()}
    for row in CustomField.objects.filter(kind=CustomField.Kind.CUSTOMER):
        if row.record_type in models:
            yield f"{row.record_type}:{row.key}", models[row.record_type], row


def _point(model: Any, row: CustomField, ids: Iterable[int], old: int, new: int) -> None:
    """Change the values of a custom field that still are ``old``."""
    for record in (
        model.objects.ungated("merge").filter(pk__in=list(ids)).order_by("pk").select_for_update(of=("self",))
    ):
        if record.custom.get(row.key) == old:
            record.custom[row.key] = new
            record.save(update_fields=["custom"])
            CustomValue.objects.filter(field=row, record_id=record.pk).update(number=new, text=str(new))
