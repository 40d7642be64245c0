"""When two customers become one, a contact both of them have becomes one as well, and two again later (CUS-12)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import allows
from kezhi.core.clock import now
from kezhi.core.events import EventDraft, EventKind, record_event, register_event_kind
from kezhi.customers.models import Contact
from kezhi.customers.moving import move_back, move_rows
from kezhi.records.fields import TagsField
from kezhi.records.operations.writing import draft_changes, store_changes
from kezhi.records.registry import record_type
from kezhi.records.search.index import index_records, remove_records

FOLDED = EventKind("customers.contact_folded", _("并入了同一位联系人"), icon="merge")
register_event_kind(FOLDED)

Folds = list[dict[str, Any]]

_REACH = ("phone", "email", "wechat")
_OWN = ("name", "customer", "is_primary", "has_left", "successor")


def fold_contacts(kept_id: int, gone_id: int, *, actor: Actor, mark: str) -> Folds:
    """Fold contacts of the customer that goes into the same people at the customer that stays.

    Gives what :func:`unfold_contacts` needs; in a transaction. ``mark`` is put on those set aside.
    """
    known = record_type("contact")
    staying = _live(kept_id)
    folds: Folds = []
    for gone in _live(gone_id):
        kept = next((each for each in staying if _is_same(each, gone)), None)
        if kept is None or not allows(actor, "edit", kept) or not allows(actor, "edit", gone):
            continue
        before, after = _take_over(kept, gone, actor)
        moved = move_rows("contact", kept.pk, gone.pk)
        gone.merged_into, gone.deleted_at, gone.deleted_in = kept, now(), mark
        gone.version += 1
        gone.save(update_fields=["merged_into", "deleted_at", "deleted_in", "version"])
        remove_records(known, [gone.pk])
        folds.append({"kept": kept.pk, "gone": gone.pk, "before": before, "after": after, "moved": moved})
        record_event(
            EventDraft(
                kind=FOLDED.key,
                record_type="contact",
                record_id=kept.pk,
                actor=actor.ref,
                facts={"gone": gone.pk, "number": gone.number},
                also=[("contact", gone.pk), ("customer", kept_id)],
            )
        )
    return folds


def unfold_contacts(folds: Sequence[Mapping[str, Any]], *, actor: Actor) -> None:
    """Each comes back with what was its own; what the kept one was changed to since stays."""
    known = record_type("contact")
    for fold in reversed(folds):
        rows = Contact.objects.ungated("taking a merge apart").filter(pk__in=[fold["kept"], fold["gone"]])
        found = {row.pk: row for row in rows.order_by("pk").select_for_update(of=("self",))}
        kept, gone = found.get(fold["kept"]), found.get(fold["gone"])
        if kept is None or gone is None:
            continue
        gone.merged_into, gone.deleted_at, gone.deleted_in = None, None, ""
        gone.version += 1
        gone.save(update_fields=["merged_into", "deleted_at", "deleted_in", "version"])
        fields = known.all_fields()
        back = {
            key: value
            for key, value in fold["before"].items()
            if key in fields and fields[key].to_json(fields[key].get(kept)) == fold["after"][key]
        }
        if back and kept.deleted_at is None:
            drafts = draft_changes(known, [(kept, back)], actor=actor, undoing=True)
            store_changes(
                known, [draft for draft in drafts if not draft.problems], actor=actor, facts={"unmerge": True}
            )
        move_back("contact", kept.pk, gone.pk, fold["moved"])
        index_records(known, [gone])


def clear_second_mains(kept_id: int, gone_id: int) -> list[int]:
    """Of two main contacts the one of the customer that stays remains; gives the ids of those that were one."""
    rows = Contact.objects.ungated("one main contact").filter(deleted_at__isnull=True, is_primary=True)
    if not rows.filter(customer_id=kept_id).exists():
        return []
    second = list(rows.filter(customer_id=gone_id).values_list("pk", flat=True))
    rows.filter(pk__in=second).update(is_primary=False)
    return second


def restore_mains(ids: Sequence[int]) -> None:
    """The opposite of :func:`clear_second_mains`."""
    Contact.objects.ungated("taking a merge apart").filter(pk__in=ids).update(is_primary=True)


def _live(customer_id: int) -> list[Contact]:
    rows = Contact.objects.ungated("merge").filter(customer_id=customer_id, deleted_at__isnull=True)
    return list(rows.order_by("-is_primary", "pk").select_related("customer").select_for_update(of=("self",)))


def _is_same(ours: Contact, theirs: Contact) -> bool:
    """The same name, and nothing by which they are reached speaks against it."""
    if "".join(ours.name.casefold().split()) != "".join(theirs.name.casefold().split()):
        return False
    if ours.has_left != theirs.has_left:
        return False
    pairs = [(getattr(ours, key), getattr(theirs, key)) for key in _REACH]
    return all(mine == other or not mine or not other for mine, other in pairs)


def _take_over(kept: Contact, gone: Contact, actor: Actor) -> tuple[dict[str, Any], dict[str, Any]]:
    """Fill what the kept one lacks, and put the notes one after the other; gives the values before and after."""
    known = record_type("contact")
    fields = known.all_fields()
    wanted: dict[str, Any] = {}
    for key, each in fields.items():
        if each.read_only or key in _OWN or isinstance(each, TagsField):
            continue
        ours, theirs = each.get(kept), each.get(gone)
        if each.is_empty(ours) and not each.is_empty(theirs):
            wanted[key] = each.to_json(theirs)
    if kept.note and gone.note and gone.note not in kept.note:
        wanted["note"] = f"{kept.note}\n{gone.note}"
    before = {key: fields[key].to_json(fields[key].get(kept)) for key in wanted}
    if wanted:
        drafts = draft_changes(known, [(kept, wanted)], actor=actor, undoing=True)
        store_changes(known, [draft for draft in drafts if not draft.problems], actor=actor, facts={"merge": True})
    after = {key: fields[key].to_json(fields[key].get(kept)) for key in wanted}
    return before, after
