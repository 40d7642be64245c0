"""Changing cadence plans (FUP-1)."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import Max
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor, system_actor
from kezhi.access.policies import require_area
from kezhi.core import epochs
from kezhi.core.conditions import ConditionProblem, parse, to_json
from kezhi.core.events import EventDraft, EventKind, record_event, register_event_kind
from kezhi.engagement.cadence import EPOCH, start_refresh
from kezhi.engagement.models import CadencePlan
from kezhi.records.lists import list_choices
from kezhi.records.operations import InvalidRecord
from kezhi.records.registry import TypeCatalogue, record_type

PLAN_CHANGED = EventKind("cadence.plan_changed", _("调整了联系计划"), icon="refresh", family="settings")
register_event_kind(PLAN_CHANGED)

_LONGEST = {"day": 365, "week": 104, "month": 36}
_FIELDS = ("name_zh", "name_en", "stage", "condition", "every", "unit", "method", "focus_zh", "focus_en", "is_on")


@transaction.atomic
def save_plan(plan: CadencePlan | None, values: Mapping[str, Any], *, actor: Actor) -> CadencePlan:
    """Store a plan, a new one where ``plan`` is None; everybody is planned anew in the background.

    Raises:
        NotAllowed: the actor may not change figures.
        InvalidRecord: with a sentence per field.
    """
    require_area(actor, "settings", "figures")
    if plan is None:
        last = CadencePlan.objects.aggregate(last=Max("position"))["last"]
        stored = CadencePlan(key=f"plan_{uuid4().hex[:12]}", position=(last or 0) + 1)
    else:
        stored = CadencePlan.objects.select_for_update().get(pk=plan.pk)
    before = {key: getattr(stored, key) for key in _FIELDS} if plan is not None else {}
    _take(stored, values)
    stored.save()
    _tell(stored, {key: (before.get(key), getattr(stored, key)) for key in _FIELDS}, actor)
    return stored


@transaction.atomic
def move_plan(plan: CadencePlan, up: bool, *, actor: Actor) -> None:
    """Put a plan before or behind its neighbour; the first that fits a customer holds.

    Raises:
        NotAllowed: the actor may not change figures.
    """
    require_area(actor, "settings", "figures")
    rows = list(CadencePlan.objects.select_for_update().order_by("position", "id"))
    place = next(number for number, row in enumerate(rows) if row.pk == plan.pk)
    other = place + (-1 if up else 1)
    if not 0 <= other < len(rows):
        return
    rows[place], rows[other] = rows[other], rows[place]
    for number, row in enumerate(rows):
        CadencePlan.objects.filter(pk=row.pk).update(position=number)
    _tell(rows[other], {"position": (place, other)}, actor)


def _take(plan: CadencePlan, values: Mapping[str, Any]) -> None:
    problems: dict[str, str | Promise] = {}
    for key in ("name_zh", "name_en", "focus_zh", "focus_en"):
        setattr(plan, key, " ".join(str(values.get(key, "")).split())[: 120 if key.startswith("name") else 200])
    if not plan.name_zh:
        problems["name_zh"] = _("请填写名称")
    plan.stage, plan.unit = str(values.get("stage", "")), str(values.get("unit", ""))
    if plan.stage not in CadencePlan.Stage.values:
        problems["stage"] = _("请选择适用于哪些客户")
    every = str(values.get("every", "")).strip()
    most = _LONGEST.get(plan.unit, 0)
    if not every.isdecimal() or len(every) > 4 or not 1 <= int(every) <= most:
        problems["every"] = _("请填写 1 到 %(most)s 之间的整数") % {"most": most or 36}
    else:
        plan.every = int(every)
    plan.method = str(values.get("method", ""))
    if plan.method and plan.method not in list_choices("follow_up_method").items:
        problems["method"] = _("请选择方式")
    plan.is_on = values.get("is_on") is True
    try:
        raw = values.get("condition") or "{}"
        catalogue = TypeCatalogue(record_type("customer"), system_actor("cadence"))
        condition = parse(json.loads(raw) if isinstance(raw, str) else raw, catalogue)
        plan.condition = to_json(condition)
    except ConditionProblem as problem:
        problems["condition"] = problem.message
    except (ValueError, RecursionError):
        problems["condition"] = _("条件的格式不对")
    if problems:
        raise InvalidRecord(problems)


def _tell(plan: CadencePlan, changes: Mapping[str, tuple[Any, Any]], actor: Actor) -> None:
    epochs.bump(EPOCH)
    record_event(
        EventDraft(
            kind=PLAN_CHANGED.key,
            record_type="cadence_plan",
            record_id=plan.pk,
            actor=actor.ref,
            changes={key: pair for key, pair in changes.items() if pair[0] != pair[1]},
            facts={"name": plan.name_zh},
        )
    )
    start_refresh()
