"""Several approvals that wait for one person, decided together: what they see first, and each decided by itself."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal

from kezhi.access.actors import Actor
from kezhi.core.clock import now
from kezhi.work.approval_acts import find_act
from kezhi.work.approval_course import read_payload
from kezhi.work.approval_notices import KIND
from kezhi.work.approval_pages import in_tab, waiting_step
from kezhi.work.approval_titles import for_reader, named_about
from kezhi.work.approval_words import act_label, person
from kezhi.work.inbox_acts import mine
from kezhi.work.models.approvals import Approval, ApprovalState, ApprovalStep
from kezhi.work.operations.approvals import ApprovalChanged, ApprovalProblem, Verdict, current_fingerprint, decide
from kezhi.work.today import due_words

MOST = 50


@dataclass(frozen=True, slots=True)
class Choice:
    """One of them as it is shown before deciding; one that changed since it was asked for is decided by itself."""

    approval: Approval
    step: ApprovalStep
    act: str
    about: str
    describes: str
    requester: str
    in_place_of: str
    clock: tuple[str, str] | None
    is_changed: bool


@dataclass(frozen=True, slots=True)
class Left:
    """One that is not decided, or was agreed to and could not be done, and why in words."""

    title: str
    why: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of them: how many have been decided as said, and the others."""

    decided: int
    left: Sequence[Left]


def choices(ids: Collection[int], actor: Actor) -> list[Choice]:
    """Those of these approvals that wait for the actor, the oldest first."""
    rows = in_tab("waiting", actor).filter(pk__in=list(ids)[:MOST]).order_by("pk")
    approvals: list[Approval] = list(rows)
    for_reader(approvals, actor)
    found = ((approval, waiting_step(approval, actor)) for approval in approvals)
    return [_choice(approval, step, actor) for approval, step in found if step is not None]


def total(shown: Sequence[Choice]) -> Decimal | None:
    """All amounts together, where more than one has any."""
    amounts = [one.approval.amount for one in shown if one.approval.amount is not None and not one.is_changed]
    return sum(amounts, Decimal()) if len(amounts) > 1 else None


def asked_in(notice_ids: Sequence[int], actor: Actor) -> list[int]:
    """The approvals that these lines of the actor's inbox ask for."""
    rows = mine(actor).filter(pk__in=notice_ids, source_type=KIND)
    return sorted({pk for pk in rows.values_list("source_id", flat=True) if pk is not None})


def decide_several(step_ids: Sequence[int], verdict: Verdict, *, actor: Actor, reason: str = "") -> Outcome:
    """Decide each in a transaction of its own; one that cannot be decided holds up no other.

    Raises:
        ApprovalProblem: a refusal without a reason; nothing is decided then.
    """
    decided, left = 0, []
    for step in _steps(step_ids, actor):
        for_reader([step.approval], actor)
        title = step.approval.title
        try:
            approval = decide(step, verdict, actor=actor, reason=reason)
        except ApprovalChanged as changed:
            left.append(Left(title, str(changed.message)))
        except ApprovalProblem as refused:
            if refused.code == "approval.reason":
                raise
            left.append(Left(title, str(refused.message)))
        else:
            decided += 1
            if approval.state == ApprovalState.FAILED:
                left.append(Left(title, approval.problem))
    return Outcome(decided, left)


def _choice(approval: Approval, step: ApprovalStep, actor: Actor) -> Choice:
    act = find_act(approval.act)
    return Choice(
        approval=approval,
        step=step,
        act=act_label(approval.act),
        about=named_about(approval),
        describes=act.describe(read_payload(approval)) if act is not None else "",
        requester=person(approval.requester_id),
        in_place_of=person(step.user_id) if step.user_id != actor.user_id else "",
        clock=due_words(step.due_at, moment=now()) if step.due_at is not None else None,
        is_changed=current_fingerprint(approval) != approval.fingerprint,
    )


def _steps(step_ids: Sequence[int], actor: Actor) -> list[ApprovalStep]:
    """The steps of approvals the actor takes part in, in the order of the approvals."""
    visible = Approval.objects.visible_to(actor)
    rows = ApprovalStep.objects.filter(pk__in=list(step_ids)[:MOST], approval__in=visible)
    return list(rows.select_related("approval").order_by("approval_id", "pk"))
