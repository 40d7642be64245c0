"""The recycle bin: out, back, and for good after its days (architecture §3)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction

from kezhi.access.actors import Actor
from kezhi.access.policies import require
from kezhi.core.clock import now
from kezhi.core.events import EventDraft, record_events
from kezhi.core.figures import integer_figure
from kezhi.records import kinds
from kezhi.records.models import CustomValue, RecordFile, TagLink
from kezhi.records.operations.writing import parents_of
from kezhi.records.registry import RecordType, record_types
from kezhi.records.search.index import index_records, remove_records

# Records put aside by a merge: not in the bin, not purged, back only by taking the merge apart.
KEPT_MARK = "merge:"


@transaction.atomic
def delete_records(record_type: RecordType, ids: Sequence[int], *, actor: Actor) -> list[Any]:
    """Move records to the recycle bin with everything that hangs on them; they come back whole.

    Raises:
        NotAllowed: the actor may not delete one of them.
    """
    records = list(
        record_type.model.objects.visible_to(actor)
        .filter(pk__in=ids)
        .order_by("pk")
        .select_related(*record_type.related_load)
        .select_for_update(of=("self",))
    )
    if len(records) != len(set(ids)):
        raise record_type.model.DoesNotExist
    for record in records:
        require(actor, "delete", record)
    moment = now()
    for record in records:
        record.deleted_at = moment
        record.deleted_in = actor.ref.operation
        record.version += 1
        record.save(update_fields=["deleted_at", "deleted_in", "version"])
    remove_records(record_type, [record.pk for record in records])
    record_events(_drafts(record_type, records, actor, kinds.DELETED.key))
    record_type.behaviour.removed(record_type, records, actor)
    return records


@transaction.atomic
def restore_records(record_type: RecordType, ids: Sequence[int], *, actor: Actor) -> list[Any]:
    """Take records out of the recycle bin, with what went in together with them."""
    records = list(
        record_type.model.objects.get_queryset()
        .filter(deleted_at__isnull=False, pk__in=ids)
        .exclude(deleted_in__startswith=KEPT_MARK)
        .visible_to(actor, "delete")
        .order_by("pk")
        .select_related(*record_type.related_load)
        .select_for_update(of=("self",))
    )
    if len(records) != len(set(ids)):
        raise record_type.model.DoesNotExist
    for record in records:
        require(actor, "delete", record)
        record.deleted_at = None
        record.version += 1
        record.save(update_fields=["deleted_at", "version"])
    index_records(record_type, records)
    record_events(_drafts(record_type, records, actor, kinds.RESTORED.key))
    record_type.behaviour.restored(record_type, records, actor)
    return records


def purge_deleted(*, actor: Actor) -> int:
    """Remove for good what has lain in the recycle bin longer than its days; gives how many records went."""
    edge = now() - timedelta(days=integer_figure("records.recycle_days"))
    count = 0
    for record_type in reversed(tuple(record_types())):
        while True:
            with transaction.atomic():
                rows = record_type.model.objects.ungated("recycle bin").filter(deleted_at__lt=edge)
                rows = rows.exclude(deleted_in__startswith=KEPT_MARK)
                records = list(rows.select_related(*record_type.related_load)[:200])
                if not records:
                    break
                ids = [record.pk for record in records]
                record_events(_drafts(record_type, records, actor, kinds.PURGED.key))
                TagLink.objects.filter(record_type=record_type.key, record_id__in=ids).delete()
                CustomValue.objects.filter(field__record_type=record_type.key, record_id__in=ids).delete()
                RecordFile.objects.filter(record_type=record_type.key, record_id__in=ids).update(deleted_at=now())
                record_type.model.objects.ungated("recycle bin").filter(pk__in=ids).delete()
                count += len(ids)
    return count


def _drafts(record_type: RecordType, records: Sequence[Any], actor: Actor, kind: str) -> list[EventDraft]:
    return [
        EventDraft(
            kind=kind,
            record_type=record_type.key,
            record_id=record.pk,
            actor=actor.ref,
            facts={"version": record.version, "number": record.number},
            also=parents_of(record_type, record),
        )
        for record in records
    ]
