"""Tags and their groups: made, renamed, ordered, switched off, merged (CUS-16)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import require_area
from kezhi.core import epochs
from kezhi.core.events import EventDraft, Json, record_event
from kezhi.records import kinds
from kezhi.records.fields import TagsField
from kezhi.records.lists import EPOCH
from kezhi.records.models import Tag, TagGroup, TagLink
from kezhi.records.operations.bulk import change_many
from kezhi.records.operations.problems import InvalidRecord
from kezhi.records.registry import RecordType, find_record_type

AREA, ACTION = "settings", "lists"
_STEP = 300


@transaction.atomic
def save_group(
    group: TagGroup | None,
    *,
    name_zh: str,
    name_en: str = "",
    is_exclusive: bool = False,
    record_types: Sequence[str] = (),
    actor: Actor,
) -> TagGroup:
    """Make or change a group.

    Raises:
        NotAllowed: the actor may not change lists.
        InvalidRecord: no name, or "exclusive" where records already have several of its tags.
    """
    require_area(actor, AREA, ACTION)
    name = _name(name_zh)
    if group is None:
        last = TagGroup.objects.aggregate(last=Max("order"))["last"]
        group = TagGroup(order=(last or 0) + 1, key=_free_key(TagGroup, name))
    elif is_exclusive and not group.is_exclusive and (several := _with_several(group)):
        raise InvalidRecord(
            {
                "is_exclusive": _("有 %(count)s 条记录同时有这一组的几个标签，请先去掉多余的再设为互斥")
                % {"count": several}
            }
        )
    before = _facts(group) if group.pk else {}
    group.name_zh, group.name_en = name, " ".join(name_en.split())[:120]
    group.is_exclusive = is_exclusive
    group.record_types = [key for key in record_types if find_record_type(key)]
    group.save()
    _tell("tag_group", group.pk, actor, before, _facts(group))
    return group


@transaction.atomic
def save_tag(
    tag: Tag | None, *, group: TagGroup, name_zh: str, name_en: str = "", is_active: bool = True, actor: Actor
) -> Tag:
    """Make or change a tag; one that is switched off stays where it is and cannot be given any more.

    Raises:
        NotAllowed: the actor may not change lists.
        InvalidRecord: no name, or another tag of the group has it.
    """
    require_area(actor, AREA, ACTION)
    name = _name(name_zh)
    taken = Tag.objects.filter(group=group, name_zh__iexact=name)
    if tag is not None:
        taken = taken.exclude(pk=tag.pk)
    if taken.exists():
        raise InvalidRecord({"name_zh": _("这一组里已经有叫这个名字的标签")})
    if tag is None:
        last = Tag.objects.filter(group=group).aggregate(last=Max("order"))["last"]
        tag = Tag(group=group, order=(last or 0) + 1, key=_free_key(Tag, name))
    before = _facts(tag) if tag.pk else {}
    tag.name_zh, tag.name_en, tag.is_active = name, " ".join(name_en.split())[:120], is_active
    tag.save()
    _tell("tag", tag.pk, actor, before, _facts(tag))
    return tag


def merge_tags(tag: Tag, into: Tag, *, actor: Actor) -> int:
    """Give every record of one tag the other instead, and switch the first one off; gives how many records changed.

    Raises:
        NotAllowed: the actor may not change lists.
        InvalidRecord: both are the same tag.
    """
    require_area(actor, AREA, ACTION)
    if tag.pk == into.pk:
        raise InvalidRecord({"into": _("请选择另一个标签")})
    count = 0
    keys = list(TagLink.objects.filter(tag=tag).values_list("record_type", flat=True).distinct().order_by())
    for key in keys:
        known = find_record_type(key)
        field = tags_field(known) if known is not None else None
        if known is None or field is None:
            continue
        ids = list(TagLink.objects.filter(tag=tag, record_type=key).values_list("record_id", flat=True))
        result = change_many(
            known, ids, {}, actor=actor, add={field.key: [str(into.pk)]}, remove={field.key: [str(tag.pk)]}
        )
        count += result.changed
    with transaction.atomic():
        Tag.objects.filter(pk=tag.pk).update(is_active=False)
        record_event(
            EventDraft(
                kind=kinds.TAGS_MERGED.key,
                record_type="tag",
                record_id=tag.pk,
                actor=actor.ref,
                facts={"name": tag.name_zh, "into": into.name_zh, "records": count},
                also=[("tag", into.pk)],
            )
        )
        epochs.bump(EPOCH)
    return count


def tags_field(known: RecordType) -> TagsField | None:
    """The type's field of tags."""
    return next((field for field in known.all_fields().values() if isinstance(field, TagsField)), None)


def _with_several(group: TagGroup) -> int:
    links = TagLink.objects.filter(tag__group=group).values_list("record_type", "record_id")
    seen: set[tuple[str, int]] = set()
    several: set[tuple[str, int]] = set()
    for pair in links.iterator():
        (several if pair in seen else seen).add(pair)
    return len(several)


def _name(text: str) -> str:
    name = " ".join(text.split())[:120]
    if not name:
        raise InvalidRecord({"name_zh": _("必填")})
    return name


def _free_key(model: type[TagGroup] | type[Tag], name: str) -> str:
    base = slugify(name, allow_unicode=True)[:50] or "tag"
    key, number = base, 2
    while model.objects.filter(key=key).exists():
        key, number = f"{base}-{number}", number + 1
    return key


def _facts(row: Tag | TagGroup) -> dict[str, Any]:
    facts: dict[str, Any] = {"name_zh": row.name_zh, "name_en": row.name_en}
    if isinstance(row, Tag):
        return facts | {"is_active": row.is_active}
    return facts | {"is_exclusive": row.is_exclusive, "record_types": row.record_types}


def _tell(subject: str, row_id: int, actor: Actor, before: Mapping[str, Json], after: Mapping[str, Json]) -> None:
    changes = {key: (before.get(key), value) for key, value in after.items() if before.get(key) != value}
    if changes:
        record_event(
            EventDraft(
                kind=kinds.TAG_CHANGED.key, record_type=subject, record_id=row_id, actor=actor.ref, changes=changes
            )
        )
    epochs.bump(EPOCH)
