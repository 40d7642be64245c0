"""How an approval runs: stage after stage, one person's say after the other, until it is decided.

Everything here runs inside the transaction of an operation that holds the approval's row locked, so that of two people
(or two clicks) at the same moment the second finds what the first did.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.utils.translation import gettext

from kezhi.access.actors import Actor, user_actor
from kezhi.access.policies import NotAllowed
from kezhi.access.rights import organisation, stand_ins
from kezhi.core.clock import now
from kezhi.core.events import EventDraft, EventKind, Json, record_events
from kezhi.core.values.problem import ValueProblem
from kezhi.core.workdays import add_business_minutes
from kezhi.records.operations import Conflict, InvalidRecord
from kezhi.work import approval_kinds as kinds
from kezhi.work import approval_notices as notices
from kezhi.work import approval_promises as promises
from kezhi.work.approval_acts import find_act
from kezhi.work.approval_chain import fallback_people, replacement_for
from kezhi.work.models.approvals import (
    Approval,
    ApprovalParty,
    ApprovalStage,
    ApprovalState,
    ApprovalStep,
    PartyRole,
    StageMode,
    StageState,
    StepState,
)
from kezhi.work.operations.tasks import About

OPEN_STEPS = (StepState.PLANNED, StepState.HELD, StepState.WAITING)
_REFUSALS = (NotAllowed, InvalidRecord, Conflict, ValueProblem, ObjectDoesNotExist)


def locked(approval_id: int) -> Approval:
    """The approval, held until the transaction ends."""
    found: Approval = Approval.objects.ungated("approval operation").select_for_update().get(pk=approval_id)
    return found


def about_of(approval: Approval) -> About | None:
    """The record it is about."""
    if not approval.about_type or approval.about_id is None:
        return None
    return About(approval.about_type, approval.about_id, approval.about_title)


def read_payload(approval: Approval) -> dict[str, Json]:
    """What the act needs, as it was given when it was asked for."""
    payload: dict[str, Json] = json.loads(approval.payload) if approval.payload else {}
    return payload


def note(
    kind: EventKind,
    approval: Approval,
    actor: Actor,
    *,
    words: str = "",
    facts: Mapping[str, Json] | None = None,
    on_record: bool = False,
) -> None:
    """Write down what happened; ``words`` (reasons, comments) are stored encrypted. ``on_record``: its timeline too."""
    record_events([note_draft(kind, approval, actor, words=words, facts=facts, on_record=on_record)])


def note_draft(
    kind: EventKind,
    approval: Approval,
    actor: Actor,
    *,
    words: str = "",
    facts: Mapping[str, Json] | None = None,
    on_record: bool = False,
) -> EventDraft:
    """What :func:`note` writes down, for many at once."""
    about = about_of(approval)
    return EventDraft(
        kind=kind.key,
        record_type="approval",
        record_id=approval.pk,
        actor=actor.ref,
        changes={"words": (None, words)} if words else {},
        personal=frozenset({"words"}),
        facts={"act": approval.act, **(facts or {})},
        also=[(about.record_type, about.record_id)] if on_record and about is not None else (),
    )


def join(approval: Approval, user_ids: Sequence[int], role: PartyRole, actor: Actor) -> list[int]:
    """Let people take part; gives those who did not yet in this role."""
    known = set(approval.parties.filter(role=role, user_id__in=user_ids).values_list("user_id", flat=True))
    fresh = [user for user in dict.fromkeys(user_ids) if user not in known]
    ApprovalParty.objects.bulk_create(
        ApprovalParty(approval=approval, user_id=user, role=role, added_by_id=actor.user_id, added_at=now())
        for user in fresh
    )
    return fresh


def advance(approval: Approval, actor: Actor) -> None:
    """Go on to the next stage that has somebody to ask; after the last one the act is done."""
    following = approval.stages.filter(state=StageState.PLANNED).order_by("position", "id")
    for stage in following:
        _set_stage(stage, StageState.WAITING)
        approval.stage = stage.position
        approval.save(update_fields=["stage"])
        if _wake(approval, stage, actor):
            return
        _set_stage(stage, StageState.SKIPPED)
    if approval.steps.filter(state=StepState.APPROVED).exists():
        _perform(approval, actor)
    else:
        _fail(approval, actor, gettext("没有可以审批的人，请联系管理员检查审批流程。"))


def go_on(approval: Approval, step: ApprovalStep, actor: Actor) -> None:
    """Somebody agreed: who waited for them is asked now, or the stage is through and the next one begins."""
    stage = step.stage
    held = approval.steps.filter(pk=step.before_id or 0, state=StepState.HELD).first()
    if held is not None:
        wake_step(approval, held, actor)
        return
    if stage.mode == StageMode.ANY:
        _drop(approval, approval.steps.filter(stage=stage, state__in=OPEN_STEPS), actor)
    if _wake(approval, stage, actor):
        return
    _set_stage(stage, StageState.APPROVED)
    advance(approval, actor)


def wake_step(approval: Approval, step: ApprovalStep, actor: Actor) -> bool:
    """Ask somebody now; whoever left meanwhile is replaced by the next above. False: there is nobody."""
    if step.user_id not in organisation().active_ids:
        return move_step(approval, step, StepState.MOVED, "left", actor, kinds.MOVED)
    moment = now()
    step.state = StepState.WAITING
    step.waiting_since = moment
    step.due_at = due_moment(approval, step, moment)
    step.told_stand_in_id = stand_ins().get(step.user_id)
    step.save(update_fields=["state", "waiting_since", "due_at", "told_stand_in"])
    promises.start(approval, step, actor)
    notices.ask(approval, step, actor)
    return True


def move_step(
    approval: Approval,
    step: ApprovalStep,
    state: StepState,
    why: str,
    actor: Actor,
    kind: EventKind,
    *,
    to: int | None = None,
    words: str = "",
) -> bool:
    """Put somebody else in a person's place. False: there is nobody, and the step is skipped if its person left."""
    taken = set(_open_in(step.stage).values_list("user_id", flat=True))
    target = to or replacement_for(step.user_id, requester_id=approval.requester_id, taken=taken)
    if target is None:
        spare = [user for user in fallback_people(approval.requester_id) if user not in taken]
        target = next(iter(spare), None)
    if target is None:
        if step.user_id not in organisation().active_ids:
            _close(step, StepState.SKIPPED, decided_by=None)
            promises.drop(approval, [step.pk], actor)
        return False
    _close(step, state, decided_by=actor.user_id if state == StepState.HANDED_ON else None, words=words)
    promises.drop(approval, [step.pk], actor)
    _nobody_asked(approval, [step])
    fresh = ApprovalStep.objects.create(
        approval=approval,
        stage=step.stage,
        order=step.order,
        user_id=target,
        why=why,
        came_from_id=step.user_id,
        before_id=step.before_id,
    )
    ApprovalStep.objects.filter(before=step).update(before=fresh)
    join(approval, [target], PartyRole.APPROVER, actor)
    note(kind, approval, actor, words=words, facts={"from": step.user_id, "to": target})
    return wake_step(approval, fresh, actor)


def close_step(approval: Approval, step: ApprovalStep, state: StepState, actor: Actor, words: str) -> None:
    """Somebody had their say, and is not asked any more."""
    _close(step, state, decided_by=actor.user_id, words=words)
    promises.keep(approval, step, actor)
    _nobody_asked(approval, [step])


def hold_step(approval: Approval, step: ApprovalStep, actor: Actor) -> None:
    """Somebody else decides first; this person is asked afterwards."""
    step.state, step.due_at = StepState.HELD, None
    step.save(update_fields=["state", "due_at"])
    promises.drop(approval, [step.pk], actor)
    _nobody_asked(approval, [step])


def end(approval: Approval, state: ApprovalState, actor: Actor, kind: EventKind, words: str) -> None:
    """Refused or withdrawn: nobody is asked any more, and the act is told that it will not be done."""
    approval.state = state
    approval.decided_at = now()
    approval.save(update_fields=["state", "decided_at"])
    _drop(approval, approval.steps.filter(state__in=OPEN_STEPS), actor)
    refused = StageState.REFUSED if state == ApprovalState.REFUSED else StageState.DROPPED
    approval.stages.filter(state=StageState.WAITING).update(state=refused)
    approval.stages.filter(state=StageState.PLANNED).update(state=StageState.DROPPED)
    note(kind, approval, actor, words=words, on_record=True)
    act = find_act(approval.act)
    if act is not None:
        act.ended(approval)
    notices.over(approval, actor, words)


def perform_unasked(approval: Approval, actor: Actor) -> None:
    """Nobody has to agree: the act is done at once, and its errors are the caller's."""
    act = find_act(approval.act)
    if act is None:
        raise KeyError(approval.act)
    moment = now()
    act.perform(approval, actor=actor)
    approval.state = ApprovalState.APPROVED
    approval.decided_at = approval.performed_at = moment
    approval.save(update_fields=["state", "decided_at", "performed_at"])
    note(kinds.APPROVED, approval, actor, facts={"unasked": True})


def _perform(approval: Approval, actor: Actor) -> None:
    act = find_act(approval.act)
    if act is None:
        _fail(approval, actor, gettext("这种审批对应的功能已经不在了，没有执行。"))
        return
    approval.state = ApprovalState.APPROVED
    approval.decided_at = approval.performed_at = now()
    try:
        with transaction.atomic():
            # Only who asked acts, with the rights they have today; the approvers' rights are not lent.
            doer = user_actor(approval.requester_id, door="approval", door_ref=str(approval.pk))
            act.perform(approval, actor=doer)
    except _REFUSALS as problem:
        approval.performed_at = None
        _fail(approval, actor, _words_of(problem))
        return
    approval.save(update_fields=["state", "decided_at", "performed_at"])
    note(kinds.APPROVED, approval, actor, on_record=True)
    notices.over(approval, actor, "")


def _fail(approval: Approval, actor: Actor, problem: str) -> None:
    approval.state = ApprovalState.FAILED
    approval.decided_at = now()
    approval.problem = problem[:1000]
    approval.save(update_fields=["state", "decided_at", "performed_at", "problem"])
    note(kinds.FAILED, approval, actor, words=approval.problem, on_record=True)
    act = find_act(approval.act)
    if act is not None:
        act.ended(approval)
    notices.over(approval, actor, approval.problem)


def _words_of(problem: Exception) -> str:
    if isinstance(problem, ObjectDoesNotExist):
        return gettext("要处理的记录已经不在了，或者申请人已经看不到它。")
    if isinstance(problem, InvalidRecord):
        return " ".join(str(text) for text in problem.problems.values())
    if isinstance(problem, Conflict):
        return gettext("记录被别人改动了，没有执行。")
    if isinstance(problem, NotAllowed):
        return gettext("申请人已经没有权限做这件事。")
    return str(getattr(problem, "message", problem))


def _wake(approval: Approval, stage: ApprovalStage, actor: Actor) -> bool:
    """Ask whoever is next in this stage; True while somebody of it is still to be heard."""
    planned = list(approval.steps.filter(stage=stage, state=StepState.PLANNED).order_by("order", "id"))
    if stage.mode != StageMode.TURN:
        for step in planned:
            wake_step(approval, step, actor)
    else:
        for step in planned:
            if _open_in(stage).exclude(state=StepState.PLANNED).exists() or wake_step(approval, step, actor):
                break
    return bool(_open_in(stage).exists())


def _open_in(stage: ApprovalStage) -> Any:
    return ApprovalStep.objects.filter(stage=stage, state__in=OPEN_STEPS)


def _close(step: ApprovalStep, state: StepState, *, decided_by: int | None, words: str = "") -> None:
    step.state = state
    step.due_at = None
    step.decided_at = now()
    step.decided_by_id = decided_by
    step.reason = words
    step.save(update_fields=["state", "due_at", "decided_at", "decided_by", "reason"])


def _drop(approval: Approval, steps: Any, actor: Actor) -> None:
    dropped = list(steps)
    steps.update(state=StepState.DROPPED, due_at=None)
    promises.drop(approval, [step.pk for step in dropped], actor)
    _nobody_asked(approval, dropped)


def _nobody_asked(approval: Approval, steps: Sequence[ApprovalStep]) -> None:
    """These people and those who stand in for them are not asked any more, unless for another step of theirs."""
    people = {user for step in steps for user in (step.user_id, step.told_stand_in_id) if user is not None}
    still = set(approval.steps.filter(state=StepState.WAITING, user_id__in=people).values_list("user_id", flat=True))
    if people - still:
        notices.taken_off(approval, sorted(people - still))


def _set_stage(stage: ApprovalStage, state: StageState) -> None:
    stage.state = state
    stage.save(update_fields=["state"])


def due_moment(approval: Approval, step: ApprovalStep, moment: datetime) -> datetime | None:
    """Until when somebody asked at a moment has to answer; None where the stage gives no time."""
    minutes = step.stage.minutes
    return add_business_minutes(moment, minutes, department_id=approval.department_id) if minutes else None
