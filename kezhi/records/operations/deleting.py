"""The recycle bin: out, back, and for good after its days (architecture §3)."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, ProtectedError
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from kezhi.access.actors import Actor
from kezhi.access.policies import GuardedQuerySet, NotAllowed, require
from kezhi.core.bulk_insert import update_many
from kezhi.core.clock import now
from kezhi.core.events import EventDraft, record_events
from kezhi.core.figures import integer_figure
from kezhi.records import kinds
from kezhi.records.models import CustomValue, RecordFile, TagLink
from kezhi.records.operations.problems import InvalidRecord
from kezhi.records.operations.writing import parents_of
from kezhi.records.presenting import present
from kezhi.records.registry import RecordType, record_types, type_of
from kezhi.records.search.index import index_records, remove_records

# Records put aside by a merge: not in the bin, not purged, back only by taking the merge apart.
KEPT_MARK = "merge:"
# The fact of an event that a record went or came back with the one it belongs to.
ALONG = "along"
_BATCH = 400


class NeedsApproval(NotAllowed):
    """Somebody has to agree first; ``url`` is where that is asked for ("": too many at once to ask for)."""

    def __init__(self, message: str | Promise, *, url: str, subject: str, action: str) -> None:
        super().__init__(message, subject=subject, action=action)
        self.url = url


DeletionGuard = Callable[[RecordType, Sequence[int], Actor], None]

_guards: list[DeletionGuard] = []


def register_deletion_guard(guard: DeletionGuard) -> None:
    """Let ``guard`` refuse deletions nobody agreed to; it raises :class:`NeedsApproval`."""
    if guard not in _guards:
        _guards.append(guard)


def require_agreed(record_type: RecordType, ids: Sequence[int], actor: Actor) -> None:
    """Raise :class:`NeedsApproval` where somebody has to agree to deleting one of these records."""
    for guard in _guards:
        guard(record_type, ids, actor)


Belonging = Callable[[str, Sequence[int]], Iterator[tuple[RecordType, GuardedQuerySet[Any]]]]

_further: list[Belonging] = []


def register_belonging(finder: Belonging) -> Belonging:
    """Let more go to the recycle bin and come back with records: ``finder(record type's key, ids)`` gives (type, rows)
    of what belongs to them beside what owes its owner to them."""
    _further.append(finder)
    return finder


@transaction.atomic
def delete_records(
    record_type: RecordType, ids: Sequence[int], *, actor: Actor, is_approved: bool = False
) -> list[Any]:
    """Move records to the recycle bin with the records that belong to them; they come back whole.

    ``is_approved``: whoever has to agree did so, or an act of the actor's own is being taken back.

    Raises:
        NotAllowed: the actor may not delete one of them; :class:`NeedsApproval` where somebody has to agree first.
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
    if not is_approved:
        require_agreed(record_type, ids, actor)
    moment = now()
    for record in records:
        record.deleted_at = moment
        record.deleted_in = actor.ref.operation
        record.version += 1
    update_many(records, ["deleted_at", "deleted_in", "version"])
    remove_records(record_type, [record.pk for record in records])
    record_events(_drafts(record_type, records, actor, kinds.DELETED.key))
    record_type.behaviour.removed(record_type, records, actor)
    for known, rows in _belonging(record_type, {record.pk for record in records}):
        _move(known, rows.filter(deleted_at__isnull=True), actor, kinds.DELETED.key)
    return records


@transaction.atomic
def restore_records(record_type: RecordType, ids: Sequence[int], *, actor: Actor) -> list[Any]:
    """Take records out of the recycle bin, with what went in together with them.

    Raises:
        NotAllowed: the actor may not delete, and so not restore, one of them.
        InvalidRecord: one belongs to a record that is in the bin itself, or something took its place meanwhile.
    """
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
    _refuse_orphans(record_type, records, actor)
    record_type.behaviour.may_return(record_type, records)
    for record in records:
        record.deleted_at = None
        record.version += 1
    update_many(records, ["deleted_at", "version"])
    index_records(record_type, records)
    record_events(_drafts(record_type, records, actor, kinds.RESTORED.key))
    record_type.behaviour.restored(record_type, records, actor)
    for known, rows in _belonging(record_type, {record.pk for record in records}):
        together = {record.deleted_in for record in records if record.deleted_in}
        _move(known, rows.filter(deleted_at__isnull=False, deleted_in__in=together), actor, kinds.RESTORED.key)
    return records


def purge_deleted(*, actor: Actor) -> int:
    """Remove for good what has lain in the recycle bin longer than its days; gives how many records went."""
    edge = now() - timedelta(days=integer_figure("records.recycle_days"))
    count = 0
    for record_type in reversed(tuple(record_types())):
        last = 0
        while True:
            rows = record_type.model.objects.ungated("recycle bin").filter(deleted_at__lt=edge, pk__gt=last)
            rows = rows.exclude(deleted_in__startswith=KEPT_MARK).order_by("pk")
            records = list(rows.select_related(*record_type.related_load)[:200])
            if not records:
                break
            last = records[-1].pk
            count += _purge(record_type, records, actor)
    return count


def _purge(record_type: RecordType, records: Sequence[Any], actor: Actor) -> int:
    ids = [record.pk for record in records]
    try:
        with transaction.atomic():
            record_events(_drafts(record_type, records, actor, kinds.PURGED.key))
            TagLink.objects.filter(record_type=record_type.key, record_id__in=ids).delete()
            CustomValue.objects.filter(field__record_type=record_type.key, record_id__in=ids).delete()
            RecordFile.objects.filter(record_type=record_type.key, record_id__in=ids).update(deleted_at=now())
            record_type.model.objects.ungated("recycle bin").filter(pk__in=ids).delete()
    except ProtectedError:
        # Something that stays points to one of them; that one stays as well, and the others still go.
        return sum(_purge(record_type, [record], actor) for record in records) if len(records) > 1 else 0
    return len(ids)


def _refuse_orphans(record_type: RecordType, records: Sequence[Any], actor: Actor) -> None:
    """What owes its owner to another record cannot be there without it."""
    lead, separator, _rest = record_type.owner_path.partition("__")
    if not separator:
        return
    for record in records:
        above = getattr(record, lead)
        if above is not None and above.deleted_at is not None:
            names = {
                "type": record_type.label,
                "above": type_of(above).label,
                "name": present(above, actor).title,
            }
            raise InvalidRecord({"": _("这条%(type)s所属的%(above)s“%(name)s”还在回收站里，请先恢复它") % names})


def _belonging(record_type: RecordType, ids: set[int]) -> Iterator[tuple[RecordType, GuardedQuerySet[Any]]]:
    """What owes its owner to these records (contacts and follow-ups of a customer) and so goes where they go."""
    for known in record_types():
        lead, separator, _rest = known.owner_path.partition("__")
        if separator and getattr(known.field(lead), "to", None) == record_type.key:
            yield known, known.model.objects.ungated("goes with its record").filter(**{f"{lead}_id__in": ids})
    for finder in _further:
        yield from finder(record_type.key, sorted(ids))


def _move(record_type: RecordType, rows: GuardedQuerySet[Any], actor: Actor, kind: str) -> None:
    records = list(rows.order_by("pk").select_related(*record_type.related_load).select_for_update(of=("self",)))
    if not records:
        return
    is_deletion = kind == kinds.DELETED.key
    if not is_deletion:
        record_type.behaviour.may_return(record_type, records)
    changes: dict[str, Any] = {"deleted_at": now() if is_deletion else None, "version": F("version") + 1}
    if is_deletion:
        changes["deleted_in"] = actor.ref.operation
    for start in range(0, len(records), _BATCH):
        ids = [record.pk for record in records[start : start + _BATCH]]
        record_type.model.objects.ungated("goes with its record").filter(pk__in=ids).update(**changes)
    for record in records:
        record.deleted_at, record.version = changes["deleted_at"], record.version + 1
    if is_deletion:
        remove_records(record_type, [record.pk for record in records])
    else:
        index_records(record_type, records)
    record_events(_drafts(record_type, records, actor, kind, along=True))
    told = record_type.behaviour.removed if is_deletion else record_type.behaviour.restored
    told(record_type, records, actor)


def _drafts(
    record_type: RecordType, records: Sequence[Any], actor: Actor, kind: str, *, along: bool = False
) -> list[EventDraft]:
    return [
        EventDraft(
            kind=kind,
            record_type=record_type.key,
            record_id=record.pk,
            actor=actor.ref,
            facts={"version": record.version, "number": record.number} | ({ALONG: True} if along else {}),
            also=parents_of(record_type, record),
        )
        for record in records
    ]
