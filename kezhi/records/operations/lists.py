"""Pick-lists: their items added, renamed, ordered, switched off; deleted only where nothing uses them (CUS-5)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Count, TextField
from django.db.models.functions import Cast
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import require_area
from kezhi.core import epochs
from kezhi.core.chinese import pinyin
from kezhi.core.events import EventDraft, Json, record_event
from kezhi.records import kinds
from kezhi.records.fields import ChoiceField, MultiChoiceField
from kezhi.records.fields.plain import clean_text
from kezhi.records.lists import EPOCH
from kezhi.records.models import PickItem, PickList
from kezhi.records.operations.problems import InvalidRecord
from kezhi.records.registry import record_types

AREA, ACTION = "settings", "lists"
TONES = ("", "vip", "a", "b", "c", "done", "info", "warning", "danger", "outline")
LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class ItemDraft:
    """What an administrator says about a choice. ``synonyms`` are what imported lists call it."""

    name_zh: str
    name_en: str = ""
    tone: str = ""
    synonyms: Sequence[str] = ()
    is_active: bool = True


@transaction.atomic
def add_item(pick_list: PickList, draft: ItemDraft, *, actor: Actor) -> PickItem:
    """Add a choice at the end; its key never changes.

    Raises:
        NotAllowed: the actor may not administer lists.
        InvalidRecord: no name, or a name or synonym another choice has.
    """
    require_area(actor, AREA, ACTION)
    pick_list = PickList.objects.select_for_update().get(pk=pick_list.pk)
    row = PickItem(list=pick_list, order=pick_list.items.count())
    _fill(row, draft)
    row.key = _free_key(pick_list, row)
    row.save(force_insert=True)
    _tell(kinds.ITEM_ADDED.key, row, {}, _facts(row), actor)
    epochs.bump(EPOCH)
    return row


@transaction.atomic
def change_item(row: PickItem, draft: ItemDraft, *, actor: Actor) -> None:
    """Rename a choice, change its look and synonyms, switch it off or on."""
    require_area(actor, AREA, ACTION)
    row = PickItem.objects.select_for_update().select_related("list").get(pk=row.pk)
    before = _facts(row)
    _fill(row, draft)
    row.save()
    _tell(kinds.ITEM_CHANGED.key, row, before, _facts(row), actor)
    epochs.bump(EPOCH)


@transaction.atomic
def order_items(pick_list: PickList, ids: Sequence[int], *, actor: Actor) -> None:
    """Put the choices of a list into this order."""
    require_area(actor, AREA, ACTION)
    rows = {row.pk: row for row in pick_list.items.all()}
    before = [row.key for row in rows.values()]
    ordered = [rows[pk] for pk in dict.fromkeys(ids) if pk in rows]
    ordered += [row for row in rows.values() if row not in ordered]
    after = [row.key for row in ordered]
    if before == after:
        return
    for place, row in enumerate(ordered):
        row.order = place
    PickItem.objects.bulk_update(ordered, ["order"])
    record_event(
        EventDraft(
            kind=kinds.LIST_CHANGED.key,
            record_type="pick_list",
            record_id=pick_list.pk,
            actor=actor.ref,
            changes={"order": (list(before), list(after))},
            facts={"list": pick_list.key},
        )
    )
    epochs.bump(EPOCH)


@transaction.atomic
def remove_item(row: PickItem, *, actor: Actor) -> None:
    """Delete a choice nothing uses.

    Raises:
        InvalidRecord: records use it; says how many.
    """
    require_area(actor, AREA, ACTION)
    row = PickItem.objects.select_for_update().select_related("list").get(pk=row.pk)
    if used := item_uses(row.list).get(row.key, 0):
        sentence = _("“{name}”有 {count} 条记录在用，可以停用，不能删除")
        raise InvalidRecord({"": format_lazy(sentence, name=row.label, count=used)})
    before = _facts(row)
    _tell(kinds.ITEM_REMOVED.key, row, before, {}, actor)
    row.delete()
    epochs.bump(EPOCH)


@transaction.atomic
def rename_list(pick_list: PickList, name_zh: str, name_en: str, *, actor: Actor) -> None:
    """Change what a list is called."""
    require_area(actor, AREA, ACTION)
    name = clean_text(name_zh, multiline=False)[:LONGEST_NAME]
    if not name:
        raise InvalidRecord({"name_zh": _("必填")})
    before = {"name_zh": pick_list.name_zh, "name_en": pick_list.name_en}
    after = {"name_zh": name, "name_en": clean_text(name_en, multiline=False)[:LONGEST_NAME]}
    if before == after:
        return
    PickList.objects.filter(pk=pick_list.pk).update(**after)
    record_event(
        EventDraft(
            kind=kinds.LIST_CHANGED.key,
            record_type="pick_list",
            record_id=pick_list.pk,
            actor=actor.ref,
            changes={name: (before[name], after[name]) for name in after if before[name] != after[name]},
            facts={"list": pick_list.key},
        )
    )
    epochs.bump(EPOCH)


def item_uses(pick_list: PickList, *, live: bool = False) -> dict[str, int]:
    """How many records have each choice of a list, those in the recycle bin included (``live``: not)."""
    uses: dict[str, int] = {}
    for known in record_types():
        for field in known.fields:
            if not isinstance(field, ChoiceField) or field.list_key != pick_list.key:
                continue
            rows = known.model.objects.ungated("how often a choice is used")
            if live:
                rows = rows.filter(deleted_at__isnull=True)
            if isinstance(field, MultiChoiceField):
                for key in pick_list.items.values_list("key", flat=True):
                    text = rows.annotate(_text=Cast(field.attribute, TextField())).filter(_text__contains=f'"{key}"')
                    uses[key] = uses.get(key, 0) + text.count()
                continue
            counted = rows.exclude(**{field.attribute: ""}).values_list(field.attribute).annotate(count=Count("pk"))
            for key, count in counted.order_by():
                uses[str(key)] = uses.get(str(key), 0) + int(count)
    return uses


def _fill(row: PickItem, draft: ItemDraft) -> None:
    problems: dict[str, Any] = {}
    name = clean_text(draft.name_zh, multiline=False)
    english = clean_text(draft.name_en, multiline=False)
    if not name:
        problems["name_zh"] = _("必填")
    if len(name) > LONGEST_NAME or len(english) > LONGEST_NAME:
        problems["name_zh"] = _("名称太长")
    # A domain may keep something of its own there (an icon); it stays, but nobody types it here.
    if draft.tone not in TONES and draft.tone != row.tone:
        problems["tone"] = _("没有这种外观")
    synonyms = [clean_text(each, multiline=False)[:LONGEST_NAME] for each in draft.synonyms]
    synonyms = list(dict.fromkeys(each for each in synonyms if each))
    others = PickItem.objects.filter(list_id=row.list_id).exclude(pk=row.pk)
    taken: dict[str, str] = {}
    for other in others:
        for each in (other.key, other.name_zh, other.name_en, *other.synonyms):
            if each:
                taken[each.casefold()] = other.label
    for each in (name, english, *synonyms):
        if each and each.casefold() in taken:
            sentence = _("“{text}”已经是“{other}”的名称或别名")
            place = "name_zh" if each == name else "synonyms"
            problems[place] = format_lazy(sentence, text=each, other=taken[each.casefold()])
    if problems:
        raise InvalidRecord(problems)
    row.name_zh, row.name_en, row.tone = name, english, draft.tone
    row.synonyms, row.is_active = synonyms, draft.is_active


def _free_key(pick_list: PickList, row: PickItem) -> str:
    base = re.sub(r"[^a-z0-9]+", "_", (row.name_en or pinyin(row.name_zh)).lower()).strip("_")[:40] or "item"
    taken = set(pick_list.items.values_list("key", flat=True))
    key, number = base, 2
    while key in taken:
        key, number = f"{base}_{number}", number + 1
    return key


def _facts(row: PickItem) -> dict[str, Json]:
    return {
        "name_zh": row.name_zh,
        "name_en": row.name_en,
        "tone": row.tone,
        "synonyms": list(row.synonyms),
        "is_active": row.is_active,
    }


def _tell(kind: str, row: PickItem, before: Mapping[str, Json], after: Mapping[str, Json], actor: Actor) -> None:
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    changes = {name: (before.get(name), after.get(name)) for name in names}
    if not changes:
        return
    record_event(
        EventDraft(
            kind=kind,
            record_type="pick_item",
            record_id=row.pk,
            actor=actor.ref,
            changes=changes,
            facts={"list": row.list.key, "key": row.key, "name": row.name_zh},
        )
    )
