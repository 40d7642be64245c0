"""The clock of a step that waits: it stands on the record, warns and escalates like every other promise."""

from collections.abc import Collection

from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.records.registry import find_record_type
from kezhi.work.deadlines import (
    Deadline,
    DeadlineKind,
    Promise,
    cancel_deadline,
    meet_deadline,
    register_deadline_kind,
    start_deadlines,
)
from kezhi.work.models.approvals import Approval, ApprovalStep
from kezhi.work.models.deadlines import OPEN_STATES
from kezhi.work.operations.tasks import About

KIND = register_deadline_kind(
    DeadlineKind(
        "approval",
        _("审批"),
        starts=_("审批轮到某人时开始，截止时间按流程里这一步的时限。"),
        ends=_("这个人同意、驳回或转出时完成。"),
    )
)


def start(approval: Approval, step: ApprovalStep, actor: Actor) -> None:
    """Somebody is asked about a record until a time: the clock begins. Without a time or a record there is none."""
    promise = promise_for(approval, step, actor)
    if promise is not None:
        start_deadlines([promise], actor=actor)


def promise_for(approval: Approval, step: ApprovalStep, actor: Actor) -> Promise | None:
    """The clock :func:`start` begins, for many at once."""
    if step.due_at is None or approval.about_id is None or find_record_type(approval.about_type) is None:
        return None
    return Promise(
        kind=KIND.key,
        about=About(approval.about_type, approval.about_id, approval.about_title),
        owner_id=step.user_id,
        due_at=step.due_at,
        origin=KIND.key,
        origin_id=step.pk,
        moves_with_record=False,
        by=actor,
    )


def keep(approval: Approval, step: ApprovalStep, actor: Actor) -> None:
    """Somebody answered."""
    for deadline in _open(approval, [step.pk]):
        meet_deadline(deadline, actor=actor)


def drop(approval: Approval, step_ids: Collection[int], actor: Actor) -> None:
    """Nobody waits for these steps any more."""
    for deadline in _open(approval, step_ids):
        cancel_deadline(deadline, actor=actor)


def _open(approval: Approval, step_ids: Collection[int]) -> list[Deadline]:
    if approval.about_id is None or not step_ids:
        return []
    rows = Deadline.objects.ungated("clock of an approval").filter(
        record_type=approval.about_type,
        record_id=approval.about_id,
        state__in=OPEN_STATES,
        origin=KIND.key,
        origin_id__in=step_ids,
    )
    return list(rows)
