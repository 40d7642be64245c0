"""Approvals that wait too long, or for somebody who is not there any more."""

from collections.abc import Callable

from django.db import transaction

from kezhi.access.actors import Actor, system_actor
from kezhi.access.rights import organisation, stand_ins
from kezhi.core.clock import now
from kezhi.work import approval_kinds as kinds
from kezhi.work import approval_notices as notices
from kezhi.work.approval_course import OPEN_STEPS, advance, locked, move_step, note
from kezhi.work.models.approvals import Approval, ApprovalState, ApprovalStep, StageState, StepState

_MOST = 500


def move_on() -> int:
    """Time out what is due, replace leavers, tell stand-ins, each in its own transaction; gives how many."""
    waiting = ApprovalStep.objects.filter(state=StepState.WAITING)
    active, away = organisation().active_ids, stand_ins()
    due = list(waiting.filter(due_at__lte=now()).order_by("due_at").values_list("pk", flat=True)[:_MOST])
    left = list(waiting.exclude(user_id__in=active).order_by("pk").values_list("pk", flat=True)[:_MOST])
    absent = waiting.filter(user_id__in=list(away)).order_by("pk")
    untold = [
        step.pk
        for step in absent.only("pk", "user_id", "told_stand_in_id")
        if step.told_stand_in_id != away[step.user_id]
    ]
    moved = 0
    for ids, act in ((left, _replace), (due, _time_out), (untold, _tell_stand_in)):
        for step_id in ids:
            moved += _try(step_id, act)
    return moved


_Act = Callable[[Approval, ApprovalStep, Actor], bool]


@transaction.atomic
def _try(step_id: int, act: _Act) -> int:
    found = ApprovalStep.objects.filter(pk=step_id).values_list("approval_id", flat=True).first()
    if found is None:
        return 0
    approval = locked(found)
    step = approval.steps.select_related("stage").get(pk=step_id)
    if approval.state != ApprovalState.WAITING or step.state != StepState.WAITING:
        return 0
    return int(act(approval, step, system_actor("approvals")))


def _replace(approval: Approval, step: ApprovalStep, actor: Actor) -> bool:
    if step.user_id in organisation().active_ids:
        return False
    moved = move_step(approval, step, StepState.MOVED, "left", actor, kinds.MOVED)
    if not moved and not approval.steps.filter(stage=step.stage, state__in=OPEN_STEPS).exists():
        approval.stages.filter(pk=step.stage_id).update(state=StageState.SKIPPED)
        advance(approval, actor)
    return moved


def _time_out(approval: Approval, step: ApprovalStep, actor: Actor) -> bool:
    if step.due_at is None or step.due_at > now():
        return False
    stand_in = stand_ins().get(step.user_id) if step.stage.on_timeout == "stand_in" else None
    taken = approval.steps.filter(stage=step.stage, state__in=OPEN_STEPS, user_id=stand_in or 0).exists()
    if stand_in == approval.requester_id or taken:
        stand_in = None
    if move_step(approval, step, StepState.TIMED_OUT, "timed_out", actor, kinds.TIMED_OUT, to=stand_in):
        return True
    # There is nobody above: it stays where it is, and is not looked at again for that.
    ApprovalStep.objects.filter(pk=step.pk).update(due_at=None)
    note(kinds.TIMED_OUT, approval, actor, facts={"from": step.user_id})
    notices.remind(approval, [step.user_id], actor)
    return True


def _tell_stand_in(approval: Approval, step: ApprovalStep, actor: Actor) -> bool:
    stand_in = stand_ins().get(step.user_id)
    if stand_in is None or stand_in == step.told_stand_in_id:
        return False
    if stand_in == approval.requester_id:
        return move_step(approval, step, StepState.MOVED, "away", actor, kinds.MOVED)
    ApprovalStep.objects.filter(pk=step.pk).update(told_stand_in=stand_in)
    note(kinds.STOOD_IN, approval, actor, facts={"from": step.user_id, "to": stand_in})
    notices.ask_stand_in(approval, step, stand_in, actor)
    return True
