"""What records tell access: which rights there are, how a record is found, how a leaver's records move.

Access lies below records and knows no record types; it asks here, through its registries, each time anew, so that
custom fields and types of later apps are there without further ado.
"""

from collections.abc import Iterator, Sequence

from kezhi.access.actors import Actor
from kezhi.access.handover import Handover, register_handovers
from kezhi.access.models import FieldLevel
from kezhi.access.subjects import VERBS, Reading, StoredChanges, Subject, SubjectField, register_subjects
from kezhi.records.addresses import record_url
from kezhi.records.auditing import read_changes_for
from kezhi.records.fields import Field
from kezhi.records.models import Record
from kezhi.records.operations import change_many
from kezhi.records.registry import RecordType, record_types


def record_subjects() -> Iterator[Subject]:
    """Every record type as something roles have rights to."""
    for record_type in record_types():
        yield _subject(record_type)


def record_handovers() -> Iterator[Handover]:
    """Every record type whose records can be given to somebody else; follow-ups and other history stay."""
    for order, record_type in enumerate(record_types(), start=10):
        owner = record_type.field("owner")
        if owner is not None and not owner.read_only and record_type.owner_path == "owner_id":
            yield _handover(record_type, order)


def _subject(record_type: RecordType) -> Subject:
    def fields() -> list[SubjectField]:
        return [
            SubjectField(known.key, known.label, _default_level(known), known.personal)
            for known in record_type.all_fields().values()
        ]

    def find(pk: int) -> Record | None:
        found: Record | None = record_type.model.objects.ungated("who can see this").filter(pk=pk).first()
        return found

    def title(record: object) -> str:
        name = getattr(record, record_type.title_field, "") or getattr(record, "number", "")
        return str(name)

    def read(stored: Sequence[StoredChanges], actor: Actor, is_revealed: bool) -> list[Reading]:
        return read_changes_for(record_type, stored, actor, is_revealed=is_revealed)

    return Subject(
        record_type.key,
        record_type.label,
        record_type.icon,
        {action: VERBS.get(action, action) for action in record_type.all_actions},
        fields=fields,
        find=find,
        title=title,
        url=lambda pk: record_url("record", record_type, pk),
        read=read,
    )


def _default_level(known: Field) -> str:
    """What a field nobody rules on shows; one that the system fills is never written."""
    return FieldLevel.READ if known.read_only and known.level == FieldLevel.WRITE else known.level


def _handover(record_type: RecordType, order: int) -> Handover:
    in_hand = record_type.behaviour.in_hand()

    def count(user_id: int) -> int:
        rows = record_type.model.objects.ungated("hand-over: how much")
        return rows.filter(in_hand, owner_id=user_id, deleted_at__isnull=True).count()

    def move(from_id: int, to_id: int, actor: Actor) -> int:
        rows = record_type.model.objects.visible_to(actor, "assign").filter(in_hand, owner_id=from_id)
        ids = list(rows.order_by("pk").values_list("pk", flat=True))
        return change_many(record_type, ids, {"owner": str(to_id)}, actor=actor).changed

    return Handover(record_type.key, record_type.plural, record_type.icon, count, move, order, comes_back=True)


register_subjects(record_subjects)
register_handovers(record_handovers)
