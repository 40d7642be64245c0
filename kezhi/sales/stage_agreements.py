"""Whether somebody has to agree before an opportunity enters a stage (AUTO-1, SAL-1): the flows of one act say so."""

from copy import copy

from kezhi.access.actors import Actor
from kezhi.sales.models import Opportunity
from kezhi.sales.stages import StageFacts
from kezhi.work.approval_flows import live_flows
from kezhi.work.approvals import About, needs_approval, read_payload
from kezhi.work.models import Approval
from kezhi.work.models.approvals import ApprovalState

ACT = "opportunity.stage"
DOOR = "approval"


def must_be_agreed(opportunity: Opportunity, stage: StageFacts, actor: Actor) -> bool:
    """Whether this person's move of the opportunity to the stage waits for somebody; what rules move does not.

    Flows are chosen by the opportunity as it would be. What was agreed to is carried out through the door of approvals.
    """
    if actor.user_id is None or actor.ref.door == DOOR or not live_flows(ACT):
        return False
    return needs_approval(
        ACT,
        requester_id=actor.user_id,
        about=about_of(opportunity),
        amount=opportunity.amount,
        would_be=moved(opportunity, stage),
    )


def moved(opportunity: Opportunity, stage: StageFacts) -> Opportunity:
    """The opportunity as it would stand in the stage; unsaved."""
    there = copy(opportunity)
    there.stage_id, there.pipeline_id = stage.key, stage.pipeline
    there.state, there.probability = stage.kind, stage.probability
    return there


def about_of(opportunity: Opportunity) -> About:
    """The opportunity as the record an approval is about."""
    return About("opportunity", opportunity.pk or 0, opportunity.name)


def waiting_move(opportunity: Opportunity, stage: StageFacts) -> Approval | None:
    """The request to move it there that is not decided yet."""
    rows = Approval.objects.ungated("a move that waits").filter(
        act=ACT, about_type="opportunity", about_id=opportunity.pk, state=ApprovalState.WAITING
    )
    rows = rows.select_related("requester")
    return next((row for row in rows.order_by("-pk") if read_payload(row).get("stage") == stage.key), None)
