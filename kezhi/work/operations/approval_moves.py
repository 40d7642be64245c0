"""What else people do with a running approval: hand it on, bring others in, copy, remind, comment."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import require
from kezhi.access.rights import organisation
from kezhi.core.clock import now
from kezhi.core.figures import integer_figure
from kezhi.work import approval_kinds as kinds
from kezhi.work import approval_notices as notices
from kezhi.work.approval_course import OPEN_STEPS, hold_step, join, locked, move_step, note, wake_step
from kezhi.work.models.approvals import (
    Approval,
    ApprovalStage,
    ApprovalState,
    ApprovalStep,
    PartyRole,
    StageMode,
    StageState,
    StepState,
)
from kezhi.work.operations.approvals import ApprovalProblem, own_step, require_waiting, said

When = Literal["before", "after"]


@transaction.atomic
def hand_on(step: ApprovalStep, user_id: int, *, actor: Actor, reason: str = "") -> Approval:
    """Somebody else decides in one's place (转办).

    Raises:
        ApprovalProblem: the step is not the actor's to decide, or that person cannot take it.
    """
    approval = locked(step.approval_id)
    mine = own_step(approval, step.pk, actor)
    _require_free(approval, mine, user_id)
    words = said(reason, actor)
    move_step(approval, mine, StepState.HANDED_ON, "handed_on", actor, kinds.HANDED_ON, to=user_id, words=words)
    return approval


@transaction.atomic
def add_approver(step: ApprovalStep, user_id: int, *, when: When, actor: Actor, reason: str = "") -> Approval:
    """Bring somebody in (加签): ``before`` they decide first and one's own step waits, ``after`` they come next.

    Raises:
        ApprovalProblem: the step is not the actor's to decide, or that person cannot be asked.
    """
    approval = locked(step.approval_id)
    mine = own_step(approval, step.pk, actor)
    _require_free(approval, mine, user_id)
    join(approval, [user_id], PartyRole.APPROVER, actor)
    words = said(reason, actor)
    note(kinds.APPROVER_ADDED, approval, actor, words=words, facts={"to": user_id, "when": when})
    if when == "before":
        hold_step(approval, mine, actor)
        added = _added(approval, mine.stage, user_id, actor, before=mine)
        wake_step(approval, added, actor)
        return approval
    stages = approval.stages.filter(position__gt=mine.stage.position)
    stages.update(position=F("position") + 1)
    stage = ApprovalStage.objects.create(
        approval=approval,
        position=mine.stage.position + 1,
        mode=StageMode.ALL,
        state=StageState.PLANNED,
        minutes=mine.stage.minutes,
        on_timeout=mine.stage.on_timeout,
    )
    _added(approval, stage, user_id, actor)
    return approval


@transaction.atomic
def copy_to(approval: Approval, user_ids: Sequence[int], *, actor: Actor) -> list[int]:
    """Let people read along (抄送); gives those who did not yet.

    Raises:
        ApprovalProblem: nobody was named.
        NotAllowed: the actor does not take part.
    """
    held = locked(approval.pk)
    require(actor, "copy", held)
    active = organisation().active_ids
    wanted = [user for user in user_ids if user in active and user != held.requester_id]
    if not wanted:
        raise ApprovalProblem("approval.copy", _("请选择抄送给谁。"))
    fresh = join(held, wanted, PartyRole.COPIED, actor)
    if fresh:
        note(kinds.COPIED, held, actor, facts={"to": [*fresh]})
        notices.copied(held, fresh, actor)
    return fresh


@transaction.atomic
def remind(approval: Approval, *, actor: Actor) -> int:
    """The requester asks those who are waited for once more (催办); gives how many.

    Raises:
        ApprovalProblem: it is somebody else's, over, or they were reminded a short while ago.
    """
    held = locked(approval.pk)
    if actor.user_id != held.requester_id:
        raise ApprovalProblem("approval.not_yours", _("只有申请人本人可以催办。"))
    require_waiting(held)
    hours = integer_figure("approval.remind_hours")
    if held.reminded_at is not None and now() < held.reminded_at + timedelta(hours=hours):
        raise ApprovalProblem("approval.reminded", _("刚催过，%(hours)s 小时内只能催一次。"), {"hours": hours})
    waiting = list(held.steps.filter(state=StepState.WAITING).values_list("user_id", flat=True))
    held.reminded_at = now()
    held.save(update_fields=["reminded_at"])
    note(kinds.REMINDED, held, actor)
    notices.remind(held, waiting, actor)
    return len(waiting)


@transaction.atomic
def comment(approval: Approval, text: str, *, actor: Actor) -> None:
    """Say something without deciding; everybody who takes part hears of it.

    Raises:
        ApprovalProblem: nothing was said.
        NotAllowed: the actor does not take part.
    """
    held = locked(approval.pk)
    require(actor, "comment", held)
    words = said(text, actor)
    if not words:
        raise ApprovalProblem("approval.comment", _("请先写评论。"))
    note(kinds.COMMENTED, held, actor, words=words)
    heard = set(held.parties.values_list("user_id", flat=True)) | {held.requester_id}
    notices.commented(held, sorted(heard - {actor.user_id}), actor)


def _added(
    approval: Approval, stage: ApprovalStage, user_id: int, actor: Actor, *, before: ApprovalStep | None = None
) -> ApprovalStep:
    return ApprovalStep.objects.create(
        approval=approval,
        stage=stage,
        order=before.order if before is not None else 1,
        user_id=user_id,
        why="added",
        came_from_id=actor.user_id,
        before=before,
    )


def _require_free(approval: Approval, step: ApprovalStep, user_id: int) -> None:
    people = organisation()
    if user_id not in people.active_ids:
        raise ApprovalProblem("approval.person", _("请选择一位在职的同事。"))
    name = people.user_names.get(user_id, "")
    if user_id == approval.requester_id:
        raise ApprovalProblem("approval.requester", _("%(who)s 是申请人，不能审批自己的申请。"), {"who": name})
    taken = approval.steps.filter(stage=step.stage, state__in=OPEN_STEPS, user_id=user_id)
    if taken.exists() and approval.state == ApprovalState.WAITING:
        raise ApprovalProblem("approval.taken", _("%(who)s 已经在这一步的审批人里。"), {"who": name})
