"""Changing flows on screen: every save is a new version, and what runs already keeps the one it has."""

from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor, system_actor
from kezhi.access.models import Grant, Role, Scope
from kezhi.access.policies import require_area
from kezhi.access.rights import EPOCH as ACCESS_EPOCH
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.core.events import EventDraft, Json, record_event
from kezhi.core.values.dirt import written
from kezhi.core.values.problem import ValueProblem
from kezhi.work import approval_kinds as kinds
from kezhi.work.approval_acts import find_act
from kezhi.work.approval_flows import EPOCH, Definition, FlowStep, Who
from kezhi.work.models.approvals import ApprovalFlow, ApprovalFlowVersion, StageMode

_DAY = 8 * 60


@transaction.atomic
def save_flow(
    flow: ApprovalFlow | None,
    definition: Definition,
    *,
    act: str,
    name_zh: str,
    name_en: str = "",
    order: int | None = None,
    note: str = "",
    actor: Actor,
) -> ApprovalFlow:
    """Store a flow as a new version of it; a new one comes last and is on. Without a change nothing happens.

    Raises:
        NotAllowed: the actor may not change settings of approvals.
        ValueProblem: no name, or an act nobody knows.
    """
    require_area(actor, "settings", "approvals")
    if not name_zh.strip():
        raise ValueProblem("approval_flow.name", _("请填写流程名称。"))
    if find_act(act) is None:
        raise ValueProblem("approval_flow.act", _("请选择哪件事要审批。"))
    moment = now()
    if flow is None:
        flow = ApprovalFlow(act=act, created_at=moment, order=_next_order(act))
    else:
        flow = ApprovalFlow.objects.select_for_update().get(pk=flow.pk)
    before = flow.version.definition if flow.version is not None else None
    names = (flow.name_zh, flow.name_en, flow.order, flow.act)
    flow.act, flow.name_zh, flow.name_en = act, name_zh.strip()[:120], name_en.strip()[:120]
    flow.order = flow.order if order is None else order
    after = definition.as_json()
    if before == after and names == (flow.name_zh, flow.name_en, flow.order, flow.act):
        return flow
    flow.changed_at = moment
    flow.save()
    if before != after:
        last = flow.versions.aggregate(last=Max("number"))["last"] or 0
        flow.version = ApprovalFlowVersion.objects.create(
            flow=flow,
            number=last + 1,
            definition=after,
            made_at=moment,
            made_by_id=actor.user_id,
            note=note.strip()[:200],
        )
        flow.save(update_fields=["version"])
    number = flow.version.number if flow.version is not None else 0
    _note(kinds.FLOW_SAVED.key, flow, actor, {"name": flow.name_zh, "version": number, "note": note.strip()[:200]})
    return flow


@transaction.atomic
def switch_flow(flow: ApprovalFlow, *, is_on: bool, reason: str, actor: Actor) -> ApprovalFlow:
    """Put a flow in or out of force; what runs already goes on. Switching off needs a reason.

    Raises:
        NotAllowed: the actor may not change settings of approvals.
        ValueProblem: no reason.
    """
    require_area(actor, "settings", "approvals")
    if not is_on and not written(reason):
        raise ValueProblem("approval_flow.reason", _("请写明停用的原因。"))
    held = ApprovalFlow.objects.select_for_update().get(pk=flow.pk)
    if held.is_on == is_on:
        return held
    held.is_on, held.changed_at = is_on, now()
    held.save(update_fields=["is_on", "changed_at"])
    facts: dict[str, Json] = {"name": held.name_zh, "on": is_on, "reason": written(reason)[:200]}
    _note(kinds.FLOW_SWITCHED.key, held, actor, facts)
    return held


@dataclass(frozen=True, slots=True)
class ShippedFlow:
    """A flow a new system gets."""

    key: str
    act: str
    name_zh: str
    name_en: str
    definition: Definition
    is_on: bool = True


# zh-data: names in both languages
SHIPPED = (
    ShippedFlow(
        "export-sensitive",
        "export.sensitive",
        "导出个人信息",
        "Export of personal data",
        Definition(
            (FlowStep(StageMode.ANY, (Who("head"),), "部门负责人", "Head of the department", _DAY),),
        ),
    ),
    ShippedFlow(
        "general",
        "general",
        "一般审批",
        "General approval",
        Definition((FlowStep(StageMode.ANY, (Who("manager"),), "直接上级", "Direct manager", _DAY),)),
    ),
    ShippedFlow(
        "compensation",
        "compensation",
        "赔付超过 500 元",
        "Compensation above 500 yuan",
        Definition(
            (FlowStep(StageMode.ANY, (Who("manager"),), "直接上级", "Direct manager", _DAY),),
            amount_from=Decimal(500),
            amount_to=Decimal(5000),
        ),
    ),
    ShippedFlow(
        "compensation-large",
        "compensation",
        "赔付超过 5000 元",
        "Compensation above 5,000 yuan",
        Definition(
            (
                FlowStep(StageMode.ANY, (Who("manager"),), "直接上级", "Direct manager", _DAY),
                FlowStep(StageMode.ANY, (Who("above", levels=2),), "上上级", "Two levels up", _DAY),
            ),
            amount_from=Decimal(5000),
        ),
    ),
    ShippedFlow(
        "delete-records",
        "record.delete",
        "删除记录",
        "Deletion of records",
        Definition((FlowStep(StageMode.ANY, (Who("manager"),), "直接上级", "Direct manager", _DAY),)),
        is_on=False,
    ),
)


_further: dict[str, ShippedFlow] = {}


def register_flow(flow: ShippedFlow) -> None:
    """Let an app ship a flow for an act of its own.

    Raises:
        ValueError: another flow has this key.
    """
    if _further.get(flow.key, flow) != flow or flow.key in {one.key for one in SHIPPED}:
        raise ValueError(f"two shipped flows are called {flow.key!r}")
    _further[flow.key] = flow


@transaction.atomic
def install_flows() -> None:
    """Bring in shipped flows that were never there, and the first time the right to change them for administrators."""
    known = set(ApprovalFlow.objects.filter(key__isnull=False).values_list("key", flat=True))
    if not known:
        for role in Role.objects.filter(key="administrator"):
            Grant.objects.get_or_create(
                role=role, subject="settings", action="approvals", defaults={"scope": Scope.ALL}
            )
        epochs.bump(ACCESS_EPOCH)
    moment = now()
    for shipped in (*SHIPPED, *_further.values()):
        if shipped.key in known:
            continue
        flow = ApprovalFlow.objects.create(
            key=shipped.key,
            act=shipped.act,
            name_zh=shipped.name_zh,
            name_en=shipped.name_en,
            is_on=shipped.is_on,
            order=_next_order(shipped.act),
            created_at=moment,
            changed_at=moment,
        )
        flow.version = ApprovalFlowVersion.objects.create(
            flow=flow, number=1, definition=shipped.definition.as_json(), made_at=moment
        )
        flow.save(update_fields=["version"])
        facts: dict[str, Json] = {"name": flow.name_zh, "version": 1, "shipped": True}
        _note(kinds.FLOW_SAVED.key, flow, system_actor("kezhi", door="cli"), facts)


def _next_order(act: str) -> int:
    return (ApprovalFlow.objects.filter(act=act).aggregate(last=Max("order"))["last"] or 0) + 10


def _note(kind: str, flow: ApprovalFlow, actor: Actor, facts: dict[str, Json]) -> None:
    epochs.bump(EPOCH)
    record_event(EventDraft(kind=kind, record_type="approval_flow", record_id=flow.pk, actor=actor.ref, facts=facts))
