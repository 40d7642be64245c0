"""The indexed rows beside custom values: rebuilt when a field's settings change (architecture §3)."""

from django.db import transaction
from django.db.models import Count
from django.db.models.functions import Lower

from kezhi.records.custom_types import field_from_custom
from kezhi.records.models import CustomField, CustomValue
from kezhi.records.registry import RecordType

_BATCH = 500


def values_in_use_twice(row: CustomField, most: int = 6) -> list[tuple[str, int]]:
    """Values that more than one record has, with how many, the most frequent first."""
    values = CustomValue.objects.filter(field=row).values(lower=Lower("text")).annotate(count=Count("id"))
    twice = values.filter(count__gt=1).order_by("-count", "lower")[:most]
    return [(str(each["lower"]), int(each["count"])) for each in twice]


def fill_unique(row: CustomField) -> None:
    """Write the form in which values are compared beside every stored value of a field."""
    batch: list[CustomValue] = []
    for value in CustomValue.objects.filter(field=row).iterator(chunk_size=_BATCH):
        value.unique_text = value.text.casefold()[:200]
        batch.append(value)
        if len(batch) == _BATCH:
            CustomValue.objects.bulk_update(batch, ["unique_text"])
            batch.clear()
    CustomValue.objects.bulk_update(batch, ["unique_text"])


def mirror_all(row: CustomField, known: RecordType) -> None:
    """Write the rows of a field for every record that has a value, in batches of one transaction each."""
    field = field_from_custom(row)
    last = 0
    while True:
        with transaction.atomic():
            rows = known.model.objects.ungated("mirroring custom values").filter(pk__gt=last).order_by("pk")
            batch = list(rows.values_list("pk", "custom")[:_BATCH])
            if not batch:
                return
            last = batch[-1][0]
            found = {pk: field.from_json(custom[row.key]) for pk, custom in batch if row.key in (custom or {})}
            CustomValue.objects.filter(field=row, record_id__in=[pk for pk, _custom in batch]).delete()
            CustomValue.objects.bulk_create(
                CustomValue(field=row, record_id=pk, **values)
                for pk, value in found.items()
                if not field.is_empty(value)
                for values in field.mirror(value)
            )
