"""Asking for many approvals of one act at once, as a rule does: a fixed number of queries however many there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction

from kezhi.access.actors import Actor
from kezhi.access.rights import organisation
from kezhi.core.bulk_insert import insert_many
from kezhi.core.clock import now
from kezhi.core.events import record_events
from kezhi.work import approval_kinds as kinds
from kezhi.work import approval_notices as notices
from kezhi.work import approval_promises as promises
from kezhi.work.approval_acts import ApprovalAct, find_act
from kezhi.work.approval_chain import chain_for
from kezhi.work.approval_course import note_draft
from kezhi.work.approval_drafting import Request, copied_people, draft_approval, lay_out, open_first
from kezhi.work.approval_records import records_at_hand
from kezhi.work.models.approvals import Approval, ApprovalParty, ApprovalStage, ApprovalStep, PartyRole, StepState
from kezhi.work.operations.approvals import form_key_of, request_approval
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
    amount: Decimal | None = None


@dataclass(slots=True)
class _New:
    """A request that has to be agreed to, with what is stored for it."""

    by: Actor
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
    is_whole = all(one.title.strip() and not (act.must_have_amount and one.amount is None) for one in asked)
    if len(asked) > 1 and is_whole:
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
        amount=one.amount,
        requester_id=one.requester_id,
        actor=one.by,
    )


def _ask(act: ApprovalAct, asked: Sequence[Asked], actor: Actor) -> list[Approval]:
    keys = {key for one in asked if (key := form_key_of(one.requester_id, one.form_key))}
    earlier = {row.form_key: row for row in Approval.objects.ungated("asked before").filter(form_key__in=keys)}
    result: dict[int, Approval] = {}
    fresh: list[_New] = []
    with records_at_hand([one.about for one in asked]):
        for place, one in enumerate(asked):
            known = earlier.get(form_key_of(one.requester_id, one.form_key))
            new = _drafted(act, one) if known is None else None
            if new is not None:
                fresh.append(new)
                known = new.approval
            result[place] = known or _ask_one(act, one)
    if fresh:
        _store(fresh, actor)
    return [result[place] for place in range(len(asked))]


def _drafted(act: ApprovalAct, one: Asked) -> _New | None:
    """The request as it is stored; None where nobody has to agree."""
    request = Request(
        act=act,
        title=one.title,
        requester_id=one.requester_id,
        about=one.about,
        department_id=organisation().user_departments.get(one.requester_id),
        text=one.text,
        amount=one.amount,
        key=form_key_of(one.requester_id, one.form_key),
    )
    chain = chain_for(
        act.key,
        requester_id=one.requester_id,
        about=one.about,
        amount=one.amount,
        department_id=request.department_id,
        would_be=act.would_be(one.about, request.payload),
    )
    if chain.is_free:
        return None
    approval = draft_approval(request, chain, one.by)
    laid = lay_out(approval, chain)
    open_first(approval, laid, approval.created_at)
    steps = [step for _stage, people in laid for step in people]
    return _New(one.by, approval, [stage for stage, _people in laid], steps, copied_people(chain, one.requester_id))


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
        ApprovalParty(approval_id=new.approval.pk, user_id=user, role=role, added_by_id=new.by.user_id, added_at=moment)
        for new in fresh
        for role, people in (
            (PartyRole.COPIED, new.copied),
            (PartyRole.APPROVER, list(dict.fromkeys(step.user_id for step in new.steps))),
        )
        for user in people
    )
    record_events(
        [note_draft(kinds.ASKED, new.approval, new.by, words=new.approval.text, on_record=True) for new in fresh]
    )
    waiting = [(new, step) for new in fresh for step in new.steps if step.state == StepState.WAITING]
    wanted = [promises.promise_for(new.approval, step, new.by) for new, step in waiting]
    start_deadlines([promise for promise in wanted if promise is not None], actor=actor)
    notices.copied_many([(new.approval, user) for new in fresh for user in new.copied], actor)
    notices.ask_many([(new.approval, step) for new, step in waiting], actor)
