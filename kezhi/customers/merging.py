"""Merging two customers field by field, and taking them apart again (CUS-12). Nothing is lost either way."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import require
from kezhi.core.clock import now
from kezhi.core.crypto import decrypt, encrypt
from kezhi.core.events import EventDraft, EventKind, record_event, register_event_kind
from kezhi.customers.behaviour import refresh_primary_contacts
from kezhi.customers.folding import clear_second_mains, fold_contacts, restore_mains, unfold_contacts
from kezhi.customers.match_keys import store_match_keys
from kezhi.customers.models import Consent, Customer, MatchCandidate, MatchKey, Merge
from kezhi.customers.moving import move_back, move_rows
from kezhi.records.fields import Field, TagsField
from kezhi.records.models import CustomValue
from kezhi.records.operations import InvalidRecord
from kezhi.records.operations.deleting import KEPT_MARK
from kezhi.records.operations.writing import draft_changes, store_changes, unique_text
from kezhi.records.registry import record_type
from kezhi.records.search.index import index_records, reindex_dependents, remove_records
from kezhi.work.operations.tasks import rename_tasks

MERGED = EventKind("customers.merged", _("合并了客户"), icon="merge")
UNMERGED = EventKind("customers.unmerged", _("拆开了合并的客户"), icon="merge")
register_event_kind(MERGED, UNMERGED)

_PURPOSE = "customers.merge"


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """One field of two customers that differs; ``suggested`` is kept or gone."""

    field: Field
    kept: Any
    gone: Any
    suggested: str


@dataclass(slots=True)
class UnmergeResult:
    """The customer that came back, and fields of the kept one that were changed since and stayed."""

    customer: Customer
    stayed: list[str] = field(default_factory=list)
    problems: dict[str, str | Promise] = field(default_factory=dict)


def differing_fields(kept: Customer, gone: Customer, *, unread: Collection[str] = ()) -> list[FieldChoice]:
    """The fields in which two customers differ; the kept one's value is suggested wherever it has one.

    Fields the reader does not read are among them also where both say the same: whether they do would tell of them.
    """
    known = record_type("customer")
    choices = []
    for each in known.all_fields().values():
        if each.read_only or isinstance(each, TagsField):
            continue
        ours, theirs = each.get(kept), each.get(gone)
        if (ours == theirs and each.key not in unread) or (each.is_empty(ours) and each.is_empty(theirs)):
            continue
        choices.append(FieldChoice(each, ours, theirs, "gone" if each.is_empty(ours) else "kept"))
    return choices


@transaction.atomic
def merge_customers(kept_id: int, gone_id: int, choices: Mapping[str, str], *, actor: Actor) -> Merge:
    """Merge one customer into another; ``choices`` names per field whose value stays ("kept" or "gone").

    Contacts, follow-ups, tasks, files, tags, consents and every record that points to the one gone follow; a contact
    whom both have becomes one; the history shows on the kept one's timeline; the number stays findable.
    :func:`unmerge_customers` takes it back.

    Raises:
        NotAllowed: the actor may not merge one of them.
        InvalidRecord: they are the same one, or one was merged already.
    """
    if kept_id == gone_id:
        raise InvalidRecord({"": _("不能与自己合并")})
    rows = Customer.objects.visible_to(actor).filter(pk__in=[kept_id, gone_id]).select_for_update(of=("self",))
    found = {row.pk: row for row in rows.order_by("pk")}
    if len(found) != 2:
        raise Customer.DoesNotExist
    kept, gone = found[kept_id], found[gone_id]
    for customer in (kept, gone):
        require(actor, "merge", customer)
    known = record_type("customer")
    # What the one gone held may go to the kept one, also where no two records may hold the same.
    _claims(gone).filter(field__is_active=True).update(unique_text=None)
    before, after = _take_over(kept, gone, choices, actor)
    switched_off = _take_over_switched_off(kept, gone)
    merge = Merge.objects.create(
        kept=kept,
        gone=gone,
        snapshot="",
        operation=actor.ref.operation,
        merged_by_id=actor.user_id,
        merged_at=now(),
    )
    mark = f"{KEPT_MARK}{merge.pk}"
    followed = _move_rows(kept, gone, actor=actor, mark=mark)
    snapshot = {"before": before, "after": after, "version": kept.version, "switched_off": switched_off} | followed
    merge.snapshot = encrypt(json.dumps(snapshot, ensure_ascii=False), purpose=_PURPOSE)
    merge.save(update_fields=["snapshot"])
    gone.merged_into = kept
    gone.deleted_at = now()
    gone.deleted_in = mark
    gone.version += 1
    gone.save(update_fields=["merged_into", "deleted_at", "deleted_in", "version"])
    remove_records(known, [gone.pk])
    MatchKey.objects.filter(customer=gone).delete()
    _after_move(kept)
    pair = sorted((kept.pk, gone.pk))
    MatchCandidate.objects.filter(first_id=pair[0], second_id=pair[1]).update(
        state=MatchCandidate.State.MERGED, decided_by=actor.user_id, decided_at=now()
    )
    record_event(
        EventDraft(
            kind=MERGED.key,
            record_type="customer",
            record_id=kept.pk,
            actor=actor.ref,
            facts={"gone": gone.pk, "number": gone.number, "name": gone.name, "merge": merge.pk},
            also=[("customer", gone.pk)],
        )
    )
    return merge


@transaction.atomic
def unmerge_customers(merge: Merge, *, actor: Actor) -> UnmergeResult:
    """Take a merge apart: the one gone comes back with all that was its own; later changes of the kept one stay.

    Raises:
        NotAllowed: the actor may not merge.
        InvalidRecord: it was taken apart already.
    """
    held = Merge.objects.select_for_update().get(pk=merge.pk)
    if held.undone_at is not None:
        raise InvalidRecord({"": _("这次合并已经拆开")})
    rows = Customer.objects.ungated("taking a merge apart").filter(pk__in=[held.kept_id, held.gone_id])
    found = {row.pk: row for row in rows.order_by("pk").select_for_update(of=("self",))}
    kept, gone = found[held.kept_id], found[held.gone_id]
    if kept.merged_into_id is not None:
        words = _("“%(name)s”后来又并入了别的客户，请先拆开那一次合并") % {"name": kept.name}
        raise InvalidRecord({"": words})
    if kept.deleted_at is not None:
        raise InvalidRecord({"": _("合并后的客户已被删除，请先恢复它")})
    for customer in (kept, gone):
        require(actor, "merge", customer)
    snapshot = json.loads(decrypt(held.snapshot, purpose=_PURPOSE))
    gone.merged_into = None
    gone.deleted_at = None
    gone.deleted_in = ""
    gone.version += 1
    gone.save(update_fields=["merged_into", "deleted_at", "deleted_in", "version"])
    stayed = _give_back(kept, snapshot, actor)
    _give_back_switched_off(kept, gone, snapshot.get("switched_off", []))
    _claim_again(gone)
    _move_back(kept, gone, snapshot, actor=actor)
    held.undone_at = now()
    held.save(update_fields=["undone_at"])
    index_records(record_type("customer"), [gone])
    store_match_keys([gone], new=())
    _after_move(kept)
    _after_move(gone)
    record_event(
        EventDraft(
            kind=UNMERGED.key,
            record_type="customer",
            record_id=kept.pk,
            actor=actor.ref,
            facts={"gone": gone.pk, "number": gone.number, "name": gone.name},
            also=[("customer", gone.pk)],
        )
    )
    return UnmergeResult(gone, stayed)


def _claims(customer: Customer) -> Any:
    """The values of unique custom fields that a customer holds against all others."""
    return CustomValue.objects.filter(field__record_type="customer", field__is_unique=True, record_id=customer.pk)


def _claim_again(customer: Customer) -> None:
    """After a merge was taken apart; a value that the kept one goes on holding stays with that one."""
    for known in record_type("customer").all_fields().values():
        value = known.get(customer) if known.unique and known.custom_id is not None else None
        if value is None or known.is_empty(value):
            continue
        text = unique_text(known, value)
        if not CustomValue.objects.filter(field_id=known.custom_id, unique_text=text).exists():
            _claims(customer).filter(field_id=known.custom_id).update(unique_text=text)


def _take_over(
    kept: Customer, gone: Customer, choices: Mapping[str, str], actor: Actor
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Put the chosen values of the one gone on the kept one; gives the values before and after."""
    known = record_type("customer")
    wanted: dict[str, Any] = {}
    for choice in differing_fields(kept, gone):
        if choices.get(choice.field.key, choice.suggested) == "gone":
            wanted[choice.field.key] = choice.field.to_json(choice.gone)
    tags = known.field("tags")
    if tags is not None:
        union = list(dict.fromkeys([*map(str, kept.tag_ids), *map(str, gone.tag_ids)]))
        if set(union) != set(map(str, kept.tag_ids)):
            wanted["tags"] = union
    fields = known.all_fields()
    before = {key: fields[key].to_json(fields[key].get(kept)) for key in wanted}
    if wanted:
        [draft] = draft_changes(known, [(kept, wanted)], actor=actor, undoing=True)
        if draft.problems:
            raise InvalidRecord(draft.problems)
        store_changes(known, [draft], actor=actor, facts={"merge": True})
    after = {key: fields[key].to_json(fields[key].get(kept)) for key in wanted}
    return before, after


def _take_over_switched_off(kept: Customer, gone: Customer) -> list[str]:
    """Values of fields made on screen and switched off since follow where the kept one has none; gives their keys.

    Nobody sees them now, but whoever switches the field on again finds them.
    """
    shown = record_type("customer").all_fields()
    keys = sorted(key for key in gone.custom if key not in shown and key not in kept.custom)
    if keys:
        kept.custom = {**kept.custom, **{key: gone.custom[key] for key in keys}}
        kept.save(update_fields=["custom"])
        _mirrors(gone, keys).update(record_id=kept.pk)
    return keys


def _give_back_switched_off(kept: Customer, gone: Customer, keys: Sequence[str]) -> None:
    """Those that were not changed since go back."""
    back = [key for key in keys if key in kept.custom and kept.custom[key] == gone.custom.get(key)]
    if back:
        kept.custom = {key: value for key, value in kept.custom.items() if key not in back}
        kept.save(update_fields=["custom"])
        _mirrors(kept, back).update(record_id=gone.pk)


def _mirrors(customer: Customer, keys: Sequence[str]) -> Any:
    return CustomValue.objects.filter(field__record_type="customer", field__key__in=keys, record_id=customer.pk)


def _move_rows(kept: Customer, gone: Customer, *, actor: Actor, mark: str) -> dict[str, Any]:
    """Let everything follow; gives what :func:`_move_back` needs."""
    folds = fold_contacts(kept.pk, gone.pk, actor=actor, mark=mark)
    mains = clear_second_mains(kept.pk, gone.pk)
    moved: dict[str, Any] = dict(move_rows("customer", kept.pk, gone.pk))
    consents = Consent.objects.filter(customer_id=gone.pk)
    moved["consent"] = list(consents.values_list("pk", flat=True))
    consents.update(customer_id=kept.pk)
    rename_tasks("customer", {kept.pk: kept.name})
    return {"moved": moved, "folds": folds, "mains": mains}


def _move_back(kept: Customer, gone: Customer, snapshot: Mapping[str, Any], *, actor: Actor) -> None:
    """Only what still hangs on the kept one goes back; what somebody moved on since stays where it is."""
    moved = snapshot["moved"]
    move_back("customer", kept.pk, gone.pk, moved)
    Consent.objects.filter(pk__in=moved.get("consent", []), customer_id=kept.pk).update(customer_id=gone.pk)
    unfold_contacts(snapshot.get("folds", []), actor=actor)
    restore_mains(snapshot.get("mains", []))
    rename_tasks("customer", {kept.pk: kept.name, gone.pk: gone.name})


def _give_back(kept: Customer, snapshot: Mapping[str, Any], actor: Actor) -> list[str]:
    known = record_type("customer")
    fields = known.all_fields()
    back, stayed = {}, []
    for key, value in snapshot["before"].items():
        if key not in fields:
            continue
        if fields[key].to_json(fields[key].get(kept)) == snapshot["after"][key]:
            back[key] = value
        else:
            stayed.append(str(fields[key].label))
    if back:
        [draft] = draft_changes(known, [(kept, back)], actor=actor, undoing=True)
        if draft.problems:
            raise InvalidRecord(draft.problems)
        store_changes(known, [draft], actor=actor, facts={"unmerge": True})
    return stayed


def _after_move(customer: Customer) -> None:
    """Stored facts and search entries of what hangs on a customer now."""
    refresh_primary_contacts({customer.pk})
    for listener in _moved_listeners:
        listener(customer.pk)
    reindex_dependents(record_type("customer"), [customer.pk])


_moved_listeners: list[Any] = []


def on_rows_moved(listener: Any) -> Any:
    """Call ``listener(customer_id)`` when a merge moved rows to or from a customer, so that facts are refreshed."""
    _moved_listeners.append(listener)
    return listener
