"""Agreeing to an opportunity's move to a stage (AUTO-1, SAL-1): asked for where the move is made, done once."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kezhi.access.actors import Actor
from kezhi.access.policies import require
from kezhi.core.events import Json
from kezhi.records.operations import change_record
from kezhi.records.registry import record_type
from kezhi.sales.entry_conditions import missing_for, stage_label
from kezhi.sales.models import Opportunity
from kezhi.sales.operations.stages import StageBlocked, enter_stage
from kezhi.sales.stage_agreements import ACT, about_of, moved, waiting_move
from kezhi.sales.stages import StageFacts, find_stage
from kezhi.work.approval_flows import Definition, FlowStep, Who
from kezhi.work.approvals import (
    About,
    ApprovalAct,
    Chain,
    chain_digest,
    chain_for,
    read_payload,
    register_act,
    request_approval,
)
from kezhi.work.models import Approval
from kezhi.work.models.approvals import StageMode
from kezhi.work.operations.approval_flows import ShippedFlow, register_flow


class ChainChanged(Exception):
    """Not those would be asked who were shown; ``chain`` is who would."""

    def __init__(self, chain: Chain) -> None:
        super().__init__()
        self.chain = chain


def move_chain(opportunity: Opportunity, stage: StageFacts, actor: Actor) -> Chain:
    """Who would be asked about the move."""
    return chain_for(
        ACT,
        requester_id=actor.user_id or 0,
        about=about_of(opportunity),
        amount=opportunity.amount,
        would_be=moved(opportunity, stage),
    )


@transaction.atomic
def ask_to_enter(
    opportunity: Opportunity,
    stage: StageFacts,
    *,
    actor: Actor,
    values: Mapping[str, Any] | None = None,
    reason: str = "",
    version: int | None = None,
    form_key: str = "",
    chain: str = "",
) -> Approval:
    """Ask for the move; ``values`` (what the stage still asked for) are stored at once, the move waits.

    ``chain`` is the digest of those who were shown as approvers. One that waits already is given back.

    Raises:
        ChainChanged: others would be asked; they are to be shown first. Nothing was stored.
        NotAllowed: the actor may not change the opportunity.
        StageBlocked: something else is missing too; nothing was stored or asked for.
        InvalidRecord, Conflict: as :func:`change_record`.
    """
    require(actor, "edit", opportunity)
    if values:
        opportunity = change_record(opportunity, dict(values), actor=actor, version=version)
    if missing := missing_for(moved(opportunity, stage), stage):
        raise StageBlocked(stage.key, missing, {each.field or "stage": each.text for each in missing})
    if (waiting := waiting_move(opportunity, stage)) is not None:
        return waiting
    planned = move_chain(opportunity, stage, actor)
    if chain_digest(planned) != chain:
        raise ChainChanged(planned)
    return request_approval(
        ACT,
        title=_("%(name)s：移到“%(stage)s”") % {"name": opportunity.name[:120], "stage": stage_label(stage.key)},
        about=about_of(opportunity),
        payload={"stage": stage.key, "from": opportunity.stage_id, "reason": reason[:300]},
        amount=opportunity.amount,
        text=reason,
        form_key=form_key,
        actor=actor.fresh(),
    )


def _describe(payload: Mapping[str, Json]) -> str:
    named = {
        "left": stage_label(str(payload.get("from") or "")),
        "entered": stage_label(str(payload.get("stage") or "")),
    }
    return _("从“%(left)s”移到“%(entered)s”。") % named


def _perform(approval: Approval, *, actor: Actor) -> None:
    payload = read_payload(approval)
    rows = record_type("opportunity").model.objects.visible_to(actor)
    opportunity = rows.filter(deleted_at__isnull=True).get(pk=approval.about_id)
    enter_stage(opportunity, str(payload["stage"]), actor=actor, reason=str(payload.get("reason") or ""))


def _would_be(about: About | None, payload: Mapping[str, Json]) -> Opportunity | None:
    stage = find_stage(str(payload.get("stage") or ""))
    rows = Opportunity.objects.ungated("approval").select_related(*record_type("opportunity").related_load)
    opportunity = rows.filter(pk=about.record_id).first() if about is not None else None
    return moved(opportunity, stage) if opportunity is not None and stage is not None else None


register_act(
    ApprovalAct(
        key=ACT,
        label=gettext_lazy("商机阶段变更"),
        icon="opportunity",
        perform=_perform,
        describe=_describe,
        would_be=_would_be,
        has_amount=True,
        area="sales",
        help=gettext_lazy(
            "金额是商机金额。条件按移动以后的样子判断：写“阶段 是 合同签订”，就只在进入这个阶段时审批。"
            "规则自动移动的、往回移的不用审批。"
        ),
    )
)
# zh-data: names in both languages
register_flow(
    ShippedFlow(
        "stage-contract",
        ACT,
        "进入合同签订",
        "Moving to contract signing",
        Definition(
            (FlowStep(StageMode.ANY, (Who("manager"),), "直接上级", "Direct manager", 8 * 60),),
            record_type="opportunity",
            condition={"field": "stage", "op": "is", "value": ["project.contract"]},
        ),
        is_on=False,
    )
)
