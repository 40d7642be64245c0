"""Asking for an approval, deciding on it, taking it back."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.rights import organisation
from kezhi.core.events import Json
from kezhi.core.figures import boolean_figure
from kezhi.core.values.dirt import written
from kezhi.core.values.problem import ValueProblem
from kezhi.records.fields.base import ParseContext
from kezhi.records.fields.plain import refuse_sensitive
from kezhi.work import approval_kinds as kinds
from kezhi.work import approval_notices as notices
from kezhi.work.approval_acts import find_act
from kezhi.work.approval_chain import chain_for
from kezhi.work.approval_course import (
    about_of,
    advance,
    close_step,
    end,
    go_on,
    join,
    locked,
    note,
    perform_unasked,
    read_payload,
)
from kezhi.work.approval_drafting import LONGEST, Request, copied_people, draft_approval, lay_out
from kezhi.work.approval_policy import within_limits
from kezhi.work.approval_records import load_record, take_snapshot
from kezhi.work.models.approvals import Approval, ApprovalState, ApprovalStep, PartyRole, StepState
from kezhi.work.operations.tasks import About

Verdict = Literal["approve", "refuse"]


class ApprovalProblem(ValueProblem):
    """An approval that cannot be dealt with like this; ``message`` says why (withdrawn, decided, not yours …)."""


class ApprovalChanged(ApprovalProblem):
    """What was asked for is not the same any more: the approver has to see it and say so with ``seen``."""

    def __init__(self, seen: str) -> None:
        super().__init__("approval.changed", _("提交之后内容有变动，请看过变动再决定。"))
        self.seen = seen


@transaction.atomic
def request_approval(
    act_key: str,
    *,
    title: str,
    about: About | None = None,
    payload: Mapping[str, Json] | None = None,
    amount: Decimal | None = None,
    department_id: int | None = None,
    text: str = "",
    copies: Sequence[int] = (),
    form_key: str = "",
    requester_id: int | None = None,
    actor: Actor,
) -> Approval:
    """Ask for an act; where no flow asks for it, it is done at once and the approval comes back ``approved``.

    Whoever calls has made sure that the actor may ask for this. ``department_id`` (the requester's unless given) picks
    the flow. A second call with the same ``form_key`` gives the first one's approval. A rule or the system names the
    ``requester_id`` it asks for.

    Raises:
        ApprovalProblem: no title, nobody who asks, no amount where the act needs one.
        KeyError: nobody registered such an act.
    """
    act = find_act(act_key)
    if act is None:
        raise KeyError(act_key)
    asker = requester_id or actor.user_id
    if asker is None:
        raise ApprovalProblem("approval.requester", _("审批要有申请人。"))
    if actor.ref.kind == "user":
        said(f"{title}\n{text}", actor)
    if not written(title):
        raise ApprovalProblem("approval.title", _("请写明要审批的事。"))
    if act.must_have_amount and amount is None:
        raise ApprovalProblem("approval.amount", _("%(act)s要写明金额。"), {"act": act.label})
    key = form_key_of(asker, form_key)
    if key is not None and (earlier := _by_form(key)) is not None:
        return earlier
    request = Request(
        act=act,
        title=title,
        requester_id=asker,
        about=about,
        payload=dict(payload or {}),
        amount=amount,
        department_id=department_id or organisation().user_departments.get(asker),
        text=text,
        key=key,
    )
    try:
        with transaction.atomic():
            return _ask(request, copies, actor)
    except IntegrityError:
        earlier = _by_form(key) if key is not None else None
        if earlier is None:
            raise
        return earlier


def needs_approval(
    act_key: str,
    *,
    requester_id: int,
    about: About | None = None,
    amount: Decimal | None = None,
    department_id: int | None = None,
    would_be: Any = None,
) -> bool:
    """Whether somebody would have to agree to this act of this person; ``would_be`` as in :func:`chain_for`."""
    return not chain_for(
        act_key,
        requester_id=requester_id,
        about=about,
        amount=amount,
        department_id=department_id,
        would_be=would_be,
    ).is_free


@transaction.atomic
def decide(step: ApprovalStep, verdict: Verdict, *, actor: Actor, reason: str = "", seen: str = "") -> Approval:
    """Agree or refuse. With the last agreement the act is done, in this transaction, exactly once.

    ``seen`` is the fingerprint of the state the approver was shown after :class:`ApprovalChanged`.

    Raises:
        ApprovalProblem: it is over, decided already, somebody else's turn, one's own request, or the reason is missing.
        ApprovalChanged: the record changed since it was asked for.
    """
    approval = locked(step.approval_id)
    mine = own_step(approval, step.pk, actor)
    words = said(reason, actor)
    if verdict == "refuse":
        if not words:
            raise ApprovalProblem("approval.reason", _("请写明驳回的原因。"))
        close_step(approval, mine, StepState.REFUSED, actor, words)
        note(kinds.STEP_REFUSED, approval, actor, words=words, facts=_for_whom(mine, actor))
        end(approval, ApprovalState.REFUSED, actor, kinds.REFUSED, words)
        return approval
    _settle_changes(approval, actor, seen)
    close_step(approval, mine, StepState.APPROVED, actor, words)
    note(kinds.STEP_APPROVED, approval, actor, words=words, facts=_for_whom(mine, actor))
    go_on(approval, mine, actor)
    return approval


@transaction.atomic
def withdraw(approval: Approval, *, actor: Actor, reason: str = "") -> Approval:
    """The requester takes it back, as long as it is not decided.

    Raises:
        ApprovalProblem: it is somebody else's, or over.
    """
    held = locked(approval.pk)
    if actor.user_id != held.requester_id or not within_limits(actor, "edit"):
        raise ApprovalProblem("approval.not_yours", _("只有申请人本人可以撤回。"))
    require_waiting(held)
    end(held, ApprovalState.WITHDRAWN, actor, kinds.WITHDRAWN, said(reason, actor))
    return held


def said(reason: str, actor: Actor) -> str:
    """What somebody says about an approval, as it is kept.

    Raises:
        ApprovalProblem: it holds a resident-ID or bank-card number (CUS-8).
    """
    words = written(reason)[:LONGEST]
    try:
        refuse_sensitive(words, ParseContext(actor))
    except ValueProblem as problem:
        raise ApprovalProblem(problem.code, problem.message) from None
    return words


def current_fingerprint(approval: Approval) -> str:
    """What the record and the request look like now; differs from ``approval.fingerprint`` where something changed."""
    act = find_act(approval.act)
    return act.fingerprint(about_of(approval), read_payload(approval)) if act is not None else approval.fingerprint


def own_step(approval: Approval, step_id: int, actor: Actor) -> ApprovalStep:
    """The step the actor may decide now, in an approval that is held.

    Raises:
        ApprovalProblem: why they may not.
    """
    step = approval.steps.select_related("stage", "user", "decided_by").get(pk=step_id)
    if step.user_id not in actor.rights.own_ids or not within_limits(actor, "edit"):
        raise ApprovalProblem("approval.not_yours", _("这一步不是由您审批。"))
    if step.state in (StepState.APPROVED, StepState.REFUSED) and step.decided_by is not None:
        raise ApprovalProblem(
            "approval.decided",
            _("这一步已经由 %(who)s 处理：%(what)s，不用再审批。"),
            {"who": step.decided_by.name, "what": StepState(step.state).label},
        )
    require_waiting(approval)
    if step.state != StepState.WAITING:
        raise ApprovalProblem(
            "approval.not_now", _("这一步现在是“%(state)s”，不能审批。"), {"state": StepState(step.state).label}
        )
    if actor.user_id == approval.requester_id and boolean_figure("approval.skip_own"):
        raise ApprovalProblem("approval.own", _("不能审批自己提交的申请，请等其他审批人处理。"))
    return step


def require_waiting(approval: Approval) -> None:
    """Refuse whatever needs an approval that is still running.

    Raises:
        ApprovalProblem: it is over; the sentence says how.
    """
    if approval.state != ApprovalState.WAITING:
        raise ApprovalProblem(
            "approval.over",
            _("这份审批已经结束（%(state)s），不能再处理。"),
            {"state": ApprovalState(approval.state).label},
        )


def form_key_of(requester_id: int, form_key: str) -> str | None:
    """What recognises a form of this person sent twice."""
    return f"{requester_id}:{form_key}"[:64] if form_key else None


def _by_form(key: str) -> Approval | None:
    found: Approval | None = Approval.objects.ungated("form sent twice").filter(form_key=key).first()
    return found


def _ask(request: Request, copies: Sequence[int], actor: Actor) -> Approval:
    asker = request.requester_id
    chain = chain_for(
        request.act.key,
        requester_id=asker,
        about=request.about,
        amount=request.amount,
        department_id=request.department_id,
        would_be=request.act.would_be(request.about, request.payload),
    )
    approval = draft_approval(request, chain, actor)
    approval.save(force_insert=True)
    if chain.is_free:
        perform_unasked(approval, actor)
        return approval
    for stage, steps in lay_out(approval, chain):
        stage.save(force_insert=True)
        ApprovalStep.objects.bulk_create(steps)
        join(approval, [step.user_id for step in steps], PartyRole.APPROVER, actor)
    note(kinds.ASKED, approval, actor, words=approval.text, on_record=True)
    told = join(approval, copied_people(chain, asker, copies), PartyRole.COPIED, actor)
    notices.copied(approval, told, actor)
    advance(approval, actor)
    return approval


def _settle_changes(approval: Approval, actor: Actor, seen: str) -> None:
    """What the approver agrees to is what they saw: the state it was asked in, or the later one they confirmed."""
    about = about_of(approval)
    if about is not None:
        load_record(about.record_type, about.record_id, lock=True)
    current = current_fingerprint(approval)
    if current == approval.fingerprint:
        return
    if seen != current:
        raise ApprovalChanged(current)
    approval.fingerprint, approval.snapshot = current, take_snapshot(about)
    approval.save(update_fields=["fingerprint", "snapshot"])
    note(kinds.CONFIRMED, approval, actor)
    earlier = approval.steps.filter(state=StepState.APPROVED).exclude(decided_by=actor.user_id)
    notices.changed(approval, list(earlier.values_list("decided_by_id", flat=True).distinct().order_by()), actor)


def _for_whom(step: ApprovalStep, actor: Actor) -> dict[str, Json]:
    return {"step": step.pk, "for": step.user_id} if step.user_id != actor.user_id else {"step": step.pk}
