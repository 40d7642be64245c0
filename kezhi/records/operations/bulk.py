"""One act on many records: assign, tag, set a field. One operation, one event per record, one undo."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import NotAllowed, policy_of
from kezhi.records.fields import MultiChoiceField
from kezhi.records.operations.problems import InvalidRecord
from kezhi.records.operations.writing import draft_changes, store_changes
from kezhi.records.registry import RecordType

_BATCH = 300


@dataclass(slots=True)
class BulkResult:
    """What a bulk act did: how many records changed, how many had the value already, and which were refused why."""

    operation: str
    changed: int = 0
    unchanged: int = 0
    refused: dict[int, str | Promise] = field(default_factory=dict)


def change_many(
    record_type: RecordType,
    ids: Sequence[int],
    values: Mapping[str, Any],
    *,
    actor: Actor,
    add: Mapping[str, Sequence[str]] | None = None,
    remove: Mapping[str, Sequence[str]] | None = None,
) -> BulkResult:
    """Set the same values on many records; ``add`` and ``remove`` change fields with many values (tags) item by item.

    Records the actor may not change, or for which the value is refused, are left alone and named; the rest is stored
    in batches of one transaction each under one operation.
    """
    result = BulkResult(actor.ref.operation)
    unique = list(dict.fromkeys(ids))
    for start in range(0, len(unique), _BATCH):
        _change_batch(record_type, unique[start : start + _BATCH], values, actor, add or {}, remove or {}, result)
    return result


@transaction.atomic
def _change_batch(
    record_type: RecordType,
    ids: Sequence[int],
    values: Mapping[str, Any],
    actor: Actor,
    add: Mapping[str, Sequence[str]],
    remove: Mapping[str, Sequence[str]],
    result: BulkResult,
) -> None:
    action = "assign" if set(values) == {"owner"} and not add and not remove else "edit"
    records = list(
        record_type.model.objects.visible_to(actor)
        .filter(pk__in=ids)
        .order_by("pk")
        .select_related(*record_type.related_load)
        .select_for_update(of=("self",))
    )
    policy = policy_of(record_type.model)
    allowed = []
    for record in records:
        if policy.allows(actor, action, record):
            allowed.append(record)
        else:
            result.refused[record.pk] = _("您没有权限修改")
    drafts = []
    for record in allowed:
        wanted = {**values, **_with_items(record_type, record, add, remove)}
        try:
            [draft] = draft_changes(record_type, [(record, wanted)], actor=actor)
        except (NotAllowed, InvalidRecord) as error:
            result.refused[record.pk] = str(error)
            continue
        if draft.problems:
            result.refused[record.pk] = next(iter(draft.problems.values()))
        elif draft.after:
            drafts.append(draft)
        else:
            result.unchanged += 1
    store_changes(record_type, drafts, actor=actor, facts={"bulk": True})
    result.changed += len(drafts)


def _with_items(
    record_type: RecordType, record: Any, add: Mapping[str, Sequence[str]], remove: Mapping[str, Sequence[str]]
) -> dict[str, Any]:
    wanted: dict[str, Any] = {}
    for key in {*add, *remove}:
        known = record_type.field(key)
        if not isinstance(known, MultiChoiceField):
            raise InvalidRecord({key: _("这个字段不能批量增减")})
        present = [str(item) for item in known.get(record)]
        kept = [item for item in present if item not in set(remove.get(key, ()))]
        wanted[key] = list(dict.fromkeys([*kept, *add.get(key, ())]))
    return wanted
