"""Asking for many approvals of one act at once, as a rule does: a fixed number of queries however many there are."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from kezhi.access.actors import Actor
from kezhi.access.rights import organisation, stand_ins
from kezhi.core.bulk_insert import insert_many
from kezhi.core.clock import now
from kezhi.core.events import record_events
from kezhi.work import approval_kinds as kinds
from kezhi.work import approval_notices as notices
from kezhi.work import approval_promises as promises
from kezhi.work.approval_acts import ApprovalAct, find_act
from kezhi.work.approval_chain import Chain, chain_for
from kezhi.work.approval_course import due_moment, note_draft
from kezhi.work.approval_records import records_at_hand, take_snapshot
from kezhi.work.models.approvals import (
    Approval,
    ApprovalParty,
    ApprovalStage,
    ApprovalStep,
    PartyRole,
    StageMode,
    StageState,
    StepState,
)
from kezhi.work.operations.approvals import request_approval
from kezhi.work.operations.deadlines import start_deadlines
from kezhi.work.operations.tasks import About


@dataclass(frozen=True, slots=True)
class Asked:
    """One of many requests; ``by`` is whose act it follows from. See :func:`request_approval` for the parts."""

    title: str
    requester_id: int
    about: About
    by: Actor
    text: str = ""
    form_key: str = ""


@dataclass(slots=True)
class _New:
    """A request that has to be agreed to, with what is stored for it."""

    asked: Asked
    chain: Chain
    approval: Approval
    stages: list[ApprovalStage]
    steps: list[ApprovalStep]
    copied: list[int]


def request_approvals(act_key: str, asked: Sequence[Asked], *, actor: Actor) -> list[Approval]:
    """Ask for one act for many records, in their order; one that was asked for before (``form_key``) comes back.

    Raises:
        ApprovalProblem: no title; nothing is asked for then.
        KeyError: nobody registered such an act.
    """
    act = find_act(act_key)
    if act is None:
        raise KeyError(act_key)
    if len(asked) > 1 and all(one.title.strip() for one in asked):
        try:
            with transaction.atomic():
                return _ask(act, asked, actor)
        except IntegrityError:
            pass  # Somebody asked for one of them at the same moment: one by one, each finds the earlier one.
    return [_ask_one(act, one) for one in asked]


def _ask_one(act: ApprovalAct, one: Asked) -> Approval:
    return request_approval(
        act.key,
        title=one.title,
        text=one.text,
        about=one.about,
        form_key=one.form_key,
        requester_id=one.requester_id,
        actor=one.by,
    )


def _ask(act: ApprovalAct, asked: Sequence[Asked], actor: Actor) -> list[Approval]:
    keys = {key for one in asked if (key := _key(one))}
    earlier = {row.form_key: row for row in Approval.objects.ungated("asked before").filter(form_key__in=keys)}
    result: dict[int, Approval] = {}
    fresh: list[_New] = []
    with records_at_hand([one.about for one in asked]):
        for place, one in enumerate(asked):
            known = earlier.get(_key(one))
            if known is not None:
                result[place] = known
                continue
            department_id = organisation().user_departments.get(one.requester_id)
            chain = chain_for(act.key, requester_id=one.requester_id, about=one.about, department_id=department_id)
            if chain.is_free:
                result[place] = _ask_one(act, one)
                continue
            new = _drafted(act, one, chain, department_id)
            fresh.append(new)
            result[place] = new.approval
    if fresh:
        _store(fresh, actor)
    return [result[place] for place in range(len(asked))]


def _key(one: Asked) -> str | None:
    return f"{one.requester_id}:{one.form_key}"[:64] if one.form_key else None


def _drafted(act: ApprovalAct, one: Asked, chain: Chain, department_id: int | None) -> _New:
    moment = now()
    approval = Approval(
        act=act.key,
        title=one.title.strip()[:200],
        text=one.text.strip()[:2000],
        requester_id=one.requester_id,
        department_id=department_id,
        about_type=one.about.record_type,
        about_id=one.about.record_id,
        about_title=one.about.title[:200],
        payload=json.dumps({}),
        snapshot=take_snapshot(one.about),
        fingerprint=act.fingerprint(one.about, {}),
        flow_id=chain.flow.flow_id if chain.flow else None,
        flow_version_id=chain.flow.version_id if chain.flow else None,
        stage=10,
        door=one.by.ref.door,
        form_key=_key(one),
        created_at=moment,
    )
    stages, steps = [], []
    for position, link in enumerate(chain.links, start=1):
        stage = ApprovalStage(
            approval=approval,
            position=position * 10,
            label_zh=link.step.label_zh,
            label_en=link.step.label_en,
            mode=link.step.mode,
            minutes=link.step.minutes,
            on_timeout=link.step.on_timeout,
            state=StageState.WAITING if position == 1 else StageState.PLANNED,
        )
        stages.append(stage)
        for order, seat in enumerate(link.seats, start=1):
            step = ApprovalStep(
                approval=approval,
                stage=stage,
                order=order,
                user_id=seat.user_id,
                why=seat.why,
                came_from_id=seat.came_from,
            )
            if position == 1 and (order == 1 or stage.mode != StageMode.TURN):
                # As waking a step does; those of a chain drawn up in this moment are all there.
                step.state, step.waiting_since = StepState.WAITING, moment
                step.due_at = due_moment(approval, step, moment)
                step.told_stand_in_id = stand_ins().get(seat.user_id)
            steps.append(step)
    active = organisation().active_ids
    copied = [user for user in dict.fromkeys(chain.copies) if user in active and user != one.requester_id]
    return _New(one, chain, approval, stages, steps, copied)


def _store(fresh: Sequence[_New], actor: Actor) -> None:
    insert_many([new.approval for new in fresh])
    stages = [stage for new in fresh for stage in new.stages]
    for stage in stages:
        stage.approval_id = stage.approval.pk
    insert_many(stages)
    steps = [step for new in fresh for step in new.steps]
    for step in steps:
        step.approval_id, step.stage_id = step.approval.pk, step.stage.pk
    insert_many(steps)
    moment = now()
    insert_many(
        ApprovalParty(
            approval_id=new.approval.pk, user_id=user, role=role, added_by_id=new.asked.by.user_id, added_at=moment
        )
        for new in fresh
        for role, people in (
            (PartyRole.COPIED, new.copied),
            (PartyRole.APPROVER, list(dict.fromkeys(step.user_id for step in new.steps))),
        )
        for user in people
    )
    record_events(
        [note_draft(kinds.ASKED, new.approval, new.asked.by, words=new.approval.text, on_record=True) for new in fresh]
    )
    waiting = [(new, step) for new in fresh for step in new.steps if step.state == StepState.WAITING]
    wanted = [promises.promise_for(new.approval, step, new.asked.by) for new, step in waiting]
    start_deadlines([promise for promise in wanted if promise is not None], actor=actor)
    notices.copied_many([(new.approval, user) for new in fresh for user in new.copied], actor)
    notices.ask_many([(new.approval, step) for new, step in waiting], actor)
