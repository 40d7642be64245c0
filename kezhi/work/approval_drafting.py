"""An approval and the people asked for it, as rows that are not stored yet: the same for one and for many at once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from kezhi.access.actors import Actor
from kezhi.access.rights import organisation, stand_ins
from kezhi.core.clock import now
from kezhi.core.events import Json
from kezhi.work.approval_acts import ApprovalAct
from kezhi.work.approval_chain import Chain
from kezhi.work.approval_course import due_moment
from kezhi.work.approval_records import take_snapshot
from kezhi.work.models.approvals import Approval, ApprovalStage, ApprovalStep, StageMode, StageState, StepState
from kezhi.work.operations.tasks import About

LONGEST = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What somebody asks for; ``key`` recognises the same form sent again."""

    act: ApprovalAct
    title: str
    requester_id: int
    about: About | None = None
    payload: Mapping[str, Json] = field(default_factory=dict)
    amount: Decimal | None = None
    department_id: int | None = None
    text: str = ""
    key: str | None = None


def draft_approval(request: Request, chain: Chain, actor: Actor) -> Approval:
    """The request with the state of its record at this moment."""
    about = request.about
    return Approval(
        act=request.act.key,
        title=request.title.strip()[:200],
        text=request.text.strip()[:LONGEST],
        amount=request.amount,
        requester_id=request.requester_id,
        department_id=request.department_id,
        about_type=about.record_type if about else "",
        about_id=about.record_id if about else None,
        about_title=about.title[:200] if about else "",
        payload=json.dumps(dict(request.payload), ensure_ascii=False),
        snapshot=take_snapshot(about),
        fingerprint=request.act.fingerprint(about, request.payload),
        flow_id=chain.flow.flow_id if chain.flow else None,
        flow_version_id=chain.flow.version_id if chain.flow else None,
        door=actor.ref.door,
        form_key=request.key,
        created_at=now(),
    )


def lay_out(approval: Approval, chain: Chain) -> list[tuple[ApprovalStage, list[ApprovalStep]]]:
    """The stages of a chain in order, each with whom it asks; nobody is asked yet."""
    laid = []
    for position, link in enumerate(chain.links, start=1):
        stage = ApprovalStage(
            approval=approval,
            position=position * 10,
            label_zh=link.step.label_zh,
            label_en=link.step.label_en,
            mode=link.step.mode,
            minutes=link.step.minutes,
            on_timeout=link.step.on_timeout,
        )
        steps = [
            ApprovalStep(
                approval=approval,
                stage=stage,
                order=order,
                user_id=seat.user_id,
                why=seat.why,
                came_from_id=seat.came_from,
            )
            for order, seat in enumerate(link.seats, start=1)
        ]
        laid.append((stage, steps))
    return laid


def open_first(approval: Approval, laid: Sequence[tuple[ApprovalStage, list[ApprovalStep]]], moment: datetime) -> None:
    """Let the first stage wait for its people; those of a chain drawn up in this moment are all there."""
    stage, steps = laid[0]
    approval.stage, stage.state = stage.position, StageState.WAITING
    for step in steps if stage.mode != StageMode.TURN else steps[:1]:
        step.state, step.waiting_since = StepState.WAITING, moment
        step.due_at = due_moment(approval, step, moment)
        step.told_stand_in_id = stand_ins().get(step.user_id)


def copied_people(chain: Chain, requester_id: int, more: Sequence[int] = ()) -> list[int]:
    """Who is told beside those asked: nobody twice, nobody who left, not who asks."""
    active = organisation().active_ids
    people = dict.fromkeys((*chain.copies, *more))
    return [user for user in people if user in active and user != requester_id]
