"""What waits for a leaver's decision goes to whoever takes over the work (ORG-6)."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.handover import register_handover
from kezhi.work import approval_kinds as kinds
from kezhi.work.approval_course import OPEN_STEPS, locked, move_step
from kezhi.work.models.approvals import ApprovalState, ApprovalStep, StepState


def _waiting(user_id: int) -> Any:
    return ApprovalStep.objects.filter(
        user_id=user_id, state=StepState.WAITING, approval__state=ApprovalState.WAITING
    ).order_by("pk")


def _count(user_id: int) -> int:
    return int(_waiting(user_id).count())


@transaction.atomic
def _move(from_id: int, to_id: int, actor: Actor) -> int:
    """Nobody decides on their own request or twice in one step: such stay, and go to the one above when the person is
    deactivated."""
    moved = 0
    for step_id, approval_id in _waiting(from_id).values_list("pk", "approval_id"):
        approval = locked(approval_id)
        step = approval.steps.select_related("stage").get(pk=step_id)
        is_taken = approval.steps.filter(stage=step.stage, state__in=OPEN_STEPS, user_id=to_id).exists()
        if step.state != StepState.WAITING or approval.requester_id == to_id or is_taken:
            continue
        move_step(approval, step, StepState.HANDED_ON, "handed_on", actor, kinds.HANDED_ON, to=to_id)
        moved += 1
    return moved


register_handover("work.approvals", _("等着审批的申请"), _count, _move, icon="stamp", order=80)
