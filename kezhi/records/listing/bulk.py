"""Acts on many records of a list: what may be done, to which records, and doing it at once or in the background."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor, user_actor
from kezhi.access.policies import GuardedQuerySet, NotAllowed
from kezhi.core.clock import now
from kezhi.core.figures import integer_figure
from kezhi.core.jobs import enqueue, job
from kezhi.core.values.problem import ValueProblem
from kezhi.records.fields import Field, MultiChoiceField, ParseContext, TagsField
from kezhi.records.listing.problems import ListProblem
from kezhi.records.listing.state import ListState
from kezhi.records.models import BulkRun
from kezhi.records.operations import BulkResult, InvalidRecord, change_many, delete_records
from kezhi.records.operations.tags import tags_field
from kezhi.records.registry import RecordType, record_type

_STEP = 300
_NAMED = 50


@dataclass(frozen=True, slots=True)
class BulkAct:
    """Something that can be done to many records; ``right`` is the action it needs of each."""

    key: str
    label: str | Promise
    icon: str
    right: str


ASSIGN = BulkAct("assign", _("改负责人"), "user", "assign")
TAG = BulkAct("tag", _("加标签"), "tag", "edit")
UNTAG = BulkAct("untag", _("去标签"), "tag", "edit")
SET = BulkAct("set", _("改字段"), "edit", "edit")
DELETE = BulkAct("delete", _("删除"), "trash", "delete")
ACTS = {act.key: act for act in (ASSIGN, TAG, UNTAG, SET, DELETE)}


def acts_for(known: RecordType, actor: Actor) -> list[BulkAct]:
    """The acts this actor may do to some records of the type."""
    return [act for act in ACTS.values() if actor.allows(known.key, act.right) and _fits(known, act, actor)]


def _fits(known: RecordType, act: BulkAct, actor: Actor) -> bool:
    if act is ASSIGN:
        return known.owner_path == "owner_id" and known.writable("owner", actor, None)
    if act in (TAG, UNTAG):
        return (field := tags_field(known)) is not None and known.writable(field.key, actor, None)
    return True


def settable_fields(known: RecordType, actor: Actor) -> list[Field]:
    """Fields that may be given one value on many records: not what tells records apart."""
    return [
        field
        for key, field in known.all_fields().items()
        if known.writable(key, actor, None)
        and key not in ("owner", known.title_field)
        and not field.unique
        and not field.personal
        and field.control not in ("file", "record", "phone", "long_text")
        and not isinstance(field, TagsField)
    ]


@dataclass(frozen=True)
class Selection:
    """Which records of a list an act is about: ticked ones, or everything that matches."""

    state: ListState
    ids: tuple[int, ...]
    is_everything: bool

    def rows(self, action: str = "view") -> GuardedQuerySet[Any]:
        """The selected records the actor may do this to."""
        rows = self.state.request(action=action).matching() if self.is_everything else None
        if rows is not None:
            return rows
        known = self.state.record_type
        found: GuardedQuerySet[Any] = known.model.objects.visible_to(self.state.actor, action)
        return found.filter(pk__in=self.ids)

    def count(self, action: str = "view") -> int:
        """How many there are, counted one further than an act may reach."""
        return self.rows(action).order_by().values("pk")[: integer_figure("lists.bulk_most") + 1].count()

    def resolve(self, action: str) -> list[int]:
        """Their ids, evaluated now.

        Raises:
            ListProblem: none is selected, or more than one act may reach.
        """
        most = integer_figure("lists.bulk_most")
        ids = list(self.rows(action).order_by("pk").values_list("pk", flat=True)[: most + 1])
        if not ids:
            raise ListProblem("ids", _("没有可以处理的记录：请先选中，或者您没有权限"))
        if len(ids) > most:
            raise ListProblem("ids", gettext("一次最多处理 %(most)s 条，请先加上条件缩小范围") % {"most": f"{most:,}"})
        return ids


def read_selection(state: ListState, query: QueryDict) -> Selection:
    """The selection a form or an address names.

    Raises:
        ListProblem: ids that are none.
    """
    raw = query.getlist("ids")
    if len(raw) > integer_figure("lists.bulk_most") or any(
        not (one.isascii() and one.isdigit() and len(one) < 19) for one in raw
    ):
        raise ListProblem("ids", _("选中的记录不对，请回到列表重新选择"))
    return Selection(state, tuple(int(one) for one in raw), query.get("everything") == "1")


def read_wanted(known: RecordType, act: BulkAct, query: QueryDict, actor: Actor) -> dict[str, Any]:
    """What the act shall do, from a form.

    Raises:
        InvalidRecord: nothing chosen, or the value is refused.
    """
    values = [value for value in query.getlist("value") if value != ""]
    if act is DELETE:
        return {}
    if act is SET:
        field = {field.key: field for field in settable_fields(known, actor)}.get(query.get("field", ""))
        if field is None:
            raise InvalidRecord({"field": _("请选择要改的字段")})
        raw: Any = values if isinstance(field, MultiChoiceField) else (values[0] if values else None)
        if not values and query.get("empty") != "1":
            raise InvalidRecord({"value": _("请填写新的值，或勾选“清空”")})
        _check(field, raw, actor)
        return {"field": field.key, "value": raw}
    found = known.field("owner") if act is ASSIGN else tags_field(known)
    if found is None or not values:
        raise InvalidRecord({"value": _("请先选择")})
    raw = values[0] if act is ASSIGN else values
    _check(found, raw, actor)
    return {"field": found.key, "value": raw}


def _check(field: Field, raw: Any, actor: Actor) -> None:
    try:
        value = field.parse(raw, ParseContext(actor))
    except ValueProblem as problem:
        raise InvalidRecord({"value": problem.message}) from problem
    if field.is_empty(value) and field.required:
        raise InvalidRecord({"value": _("必填")})


def act_on(known: RecordType, act: str, wanted: dict[str, Any], ids: Sequence[int], actor: Actor) -> BulkResult:
    """Do it to these records; what may not or cannot be changed is left alone and named."""
    match act:
        case "delete":
            return _delete(known, ids, actor)
        case "tag":
            return change_many(known, ids, {}, actor=actor, add={wanted["field"]: wanted["value"]})
        case "untag":
            return change_many(known, ids, {}, actor=actor, remove={wanted["field"]: wanted["value"]})
        case _:
            return change_many(known, ids, {wanted["field"]: wanted["value"]}, actor=actor)


def _delete(known: RecordType, ids: Sequence[int], actor: Actor) -> BulkResult:
    result = BulkResult(actor.ref.operation)
    visible = known.model.objects.visible_to(actor, "delete").filter(pk__in=ids)
    allowed = set(visible.values_list("pk", flat=True))
    result.refused = {pk: _("您没有权限删除") for pk in ids if pk not in allowed}
    for start in range(0, len(ids), _STEP):
        part = [pk for pk in ids[start : start + _STEP] if pk in allowed]
        if part:
            result.changed += len(delete_records(known, part, actor=actor))
    return result


@transaction.atomic
def start_run(known: RecordType, act: str, wanted: dict[str, Any], ids: Sequence[int], actor: Actor) -> BulkRun:
    """Let the worker do it; the run tells how far it got.

    Raises:
        NotAllowed: only somebody who is signed in can be told how it went.
    """
    if actor.user_id is None:
        raise NotAllowed(subject=known.key, action=act)
    run = BulkRun.objects.create(
        user_id=actor.user_id,
        record_type=known.key,
        act=act,
        wanted=wanted,
        ids=list(ids),
        operation=actor.ref.operation,
        created_at=now(),
    )
    enqueue(run_bulk, run_id=run.pk, unique_key=f"records.bulk.{run.pk}")
    return run


@job("records.bulk", lane="io")
def run_bulk(*, run_id: int, idempotency_key: str = "") -> None:
    """Work through a run in steps, each stored together with its progress; goes on where a dead worker stopped."""
    run = BulkRun.objects.get(pk=run_id)
    known = record_type(run.record_type)
    actor = user_actor(run.user_id)
    actor = replace(actor, ref=actor.ref.for_operation(run.operation))
    while run.done < run.total:
        part = run.ids[run.done : run.done + _STEP]
        with transaction.atomic():
            result = act_on(known, run.act, run.wanted, part, actor)
            run.done += len(part)
            run.changed += result.changed
            run.unchanged += result.unchanged
            run.refused_count += len(result.refused)
            named = [[pk, str(reason)] for pk, reason in result.refused.items()]
            run.refused = [*run.refused, *named][:_NAMED]
            run.save(update_fields=["done", "changed", "unchanged", "refused_count", "refused"])
    run.finished_at = now()
    run.save(update_fields=["finished_at"])


def told(act: BulkAct, changed: int, unchanged: int, refused: int) -> str:
    """What a bulk act did, as a sentence."""
    said = ngettext("“%(act)s”完成，改动 %(count)s 条", "“%(act)s”完成，改动 %(count)s 条", changed) % {
        "act": act.label,
        "count": f"{changed:,}",
    }
    if unchanged:
        said += gettext("，%(count)s 条本来就是这样") % {"count": f"{unchanged:,}"}
    if refused:
        said += gettext("，%(count)s 条没有改") % {"count": f"{refused:,}"}
    return said
