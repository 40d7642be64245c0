"""Saved views and pins: keeping a list as somebody looks at it, for oneself or for others."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import NotAllowed
from kezhi.core import epochs
from kezhi.core.conditions import Condition, to_json
from kezhi.core.events import EventDraft, Json, record_event
from kezhi.records import kinds
from kezhi.records.fields import Field
from kezhi.records.jobs import have_indexes_arranged
from kezhi.records.listing.ordering import may_sort
from kezhi.records.listing.render import shown_columns
from kezhi.records.listing.views import EPOCH, may_change, may_share
from kezhi.records.models import Pin, SavedView
from kezhi.records.operations.problems import InvalidRecord
from kezhi.records.registry import RecordType, find_record_type

SUBJECT = "saved_view"


@transaction.atomic
def save_view(
    record_type: RecordType,
    *,
    name_zh: str,
    name_en: str = "",
    sharing: str = SavedView.Sharing.PRIVATE,
    condition: Condition,
    columns: Sequence[str] = (),
    sort: str = "",
    layout: str = "list",
    board_field: str = "",
    actor: Actor,
) -> SavedView:
    """Keep a list under a name.

    Raises:
        NotAllowed: sharing needs a right of its own.
        InvalidRecord: no name, a sharing that does not exist, or a condition with personal values that would be shared.
    """
    if actor.user_id is None:
        raise NotAllowed(subject="views", action="create")
    last = SavedView.objects.filter(record_type=record_type.key).aggregate(last=Max("position"))["last"]
    view = SavedView(record_type=record_type.key, owner_id=actor.user_id, position=(last or 0) + 1)
    _fill(view, name_zh, name_en, sharing, actor)
    view.condition = to_json(condition)
    _refuse_personal(view, record_type)
    view.columns = shown_columns(record_type, actor, columns)
    view.sort = sort if sort and may_sort(record_type, actor, sort.removeprefix("-")) else ""
    view.layout = layout if layout in ("list", "board") else "list"
    view.board_field = board_field if board_field in record_type.all_fields() else ""
    view.save()
    _tell(view, kinds.VIEW_SAVED.key, actor, {})
    have_indexes_arranged()
    return view


@transaction.atomic
def change_view(
    view: SavedView,
    *,
    name_zh: str | None = None,
    name_en: str = "",
    sharing: str | None = None,
    condition: Condition | None = None,
    columns: Sequence[str] | None = None,
    sort: str | None = None,
    actor: Actor,
) -> SavedView:
    """Rename a view, share it, or make it what the list looks like now; what is None stays.

    Raises:
        NotAllowed: it is somebody else's, or sharing is not allowed.
        InvalidRecord: no name, a sharing that does not exist, or a condition with personal values that would be shared.
    """
    view = SavedView.objects.select_for_update().get(pk=view.pk)
    if not may_change(view, actor):
        raise NotAllowed(_("只有建这个视图的人，或可以共享视图的人，才能改它"), subject="views", action="share")
    before = _facts(view)
    if name_zh is not None:
        _fill(view, name_zh, name_en, sharing or view.sharing, actor)
    if condition is not None:
        view.condition = to_json(condition)
    known = find_record_type(view.record_type)
    if known is not None:
        _refuse_personal(view, known)
    if columns is not None:
        view.columns = list(columns)
    if sort is not None:
        view.sort = sort
    view.save()
    after = _facts(view)
    changes = {key: (before[key], after[key]) for key in after if before[key] != after[key]}
    if changes:
        _tell(view, kinds.VIEW_CHANGED.key, actor, changes)
    if {"condition", "sort", "sharing"} & set(changes):
        have_indexes_arranged()
    return view


@transaction.atomic
def delete_view(view: SavedView, *, actor: Actor) -> None:
    """Take a view away; pins on it go along.

    Raises:
        NotAllowed: it is somebody else's.
    """
    if not may_change(view, actor):
        raise NotAllowed(_("只有建这个视图的人，或可以共享视图的人，才能删它"), subject="views", action="share")
    _tell(view, kinds.VIEW_DELETED.key, actor, {})
    view.delete()
    have_indexes_arranged()


@transaction.atomic
def order_views(record_type: RecordType, ids: Sequence[int], *, actor: Actor) -> None:
    """Put the views the actor may change in this order; others keep their place."""
    found = {view.pk: view for view in SavedView.objects.filter(record_type=record_type.key, pk__in=ids)}
    for position, view_id in enumerate(ids, start=1):
        view = found.get(view_id)
        if view is not None and may_change(view, actor) and view.position != position:
            SavedView.objects.filter(pk=view_id).update(position=position)
    epochs.bump(EPOCH)


@transaction.atomic
def pin(*, actor: Actor, record_type: str, record_id: int | None = None, view_id: int | None = None) -> Pin:
    """Keep a record or a view in the rail; pinning it again changes nothing.

    Raises:
        NotAllowed: nobody is signed in.
    """
    if actor.user_id is None:
        raise NotAllowed(subject="views", action="pin")
    last = Pin.objects.filter(user_id=actor.user_id).aggregate(last=Max("position"))["last"]
    row, _is_new = Pin.objects.get_or_create(
        user_id=actor.user_id,
        record_type=record_type,
        record_id=record_id,
        view_id=view_id,
        defaults={"position": (last or 0) + 1},
    )
    return row


def unpin(*, actor: Actor, record_type: str, record_id: int | None = None, view_id: int | None = None) -> None:
    """Take a record or a view out of the rail."""
    if actor.user_id is None:
        return
    Pin.objects.filter(user_id=actor.user_id, record_type=record_type, record_id=record_id, view_id=view_id).delete()


def _fill(view: SavedView, name_zh: str, name_en: str, sharing: str, actor: Actor) -> None:
    name = " ".join(name_zh.split())[:120]
    if not name:
        raise InvalidRecord({"name_zh": _("请给视图起个名字")})
    if sharing not in SavedView.Sharing.values:
        raise InvalidRecord({"sharing": _("请选择给谁看")})
    if sharing != view.sharing and sharing != SavedView.Sharing.PRIVATE and not may_share(actor):
        raise NotAllowed(_("您的角色不能把视图共享给别人"), subject="views", action="share")
    if sharing == SavedView.Sharing.DEPARTMENT and actor.rights.department_id is None:
        raise InvalidRecord({"sharing": _("您不在任何部门里，不能共享给部门")})
    view.name_zh, view.name_en, view.sharing = name, " ".join(name_en.split())[:120], sharing
    if sharing == SavedView.Sharing.DEPARTMENT:
        view.department_id = view.department_id or actor.rights.department_id
    else:
        view.department_id = None


def _refuse_personal(view: SavedView, record_type: RecordType) -> None:
    """A shared condition shows its values to everybody it is shared with, whoever may read them in the records."""
    if view.sharing == SavedView.Sharing.PRIVATE:
        return
    labels = dict.fromkeys(str(known.label) for known in _personal_tests(view.condition, record_type))
    if labels:
        raise InvalidRecord(
            {
                "sharing": gettext("条件里有%(fields)s的具体内容，共享后别人就看得到。请去掉这个条件，或只给自己用。")
                % {"fields": "、".join(labels)}
            }
        )


def _personal_tests(raw: object, record_type: RecordType) -> Iterator[Field]:
    """The personal fields that a stored condition compares with a value."""
    if isinstance(raw, list):
        for part in raw:
            yield from _personal_tests(part, record_type)
    elif isinstance(raw, dict) and "field" in raw:
        own, _dot, rest = str(raw["field"]).partition(".")
        known = record_type.field(own)
        target = find_record_type(getattr(known, "to", "")) if rest else None
        known = target.field(rest) if target is not None else known
        if known is not None and known.personal and raw.get("value") not in (None, "", []):
            yield known
    elif isinstance(raw, dict):
        for part in raw.values():
            yield from _personal_tests(part, record_type)


def _facts(view: SavedView) -> dict[str, Any]:
    return {
        "name_zh": view.name_zh,
        "name_en": view.name_en,
        "sharing": str(view.sharing),
        "condition": view.condition,
        "columns": view.columns,
        "sort": view.sort,
    }


def _tell(view: SavedView, kind: str, actor: Actor, changes: Mapping[str, tuple[Json, Json]]) -> None:
    record_event(
        EventDraft(
            kind=kind,
            record_type=SUBJECT,
            record_id=view.pk,
            actor=actor.ref,
            changes=dict(changes),
            facts={"name": view.name_zh, "of": view.record_type, "sharing": str(view.sharing)},
        )
    )
    epochs.bump(EPOCH)
