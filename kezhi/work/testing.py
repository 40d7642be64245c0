"""The ways out that approvals and deadlines have, under the contract of every record type."""

from datetime import timedelta

from django.db import transaction

from kezhi.access.actors import system_actor
from kezhi.access.testing import Member
from kezhi.core.clock import now
from kezhi.records.testing import Door, Planted, api, register_door
from kezhi.records.testing.doors import get, text_of
from kezhi.work import approval_notices as notices
from kezhi.work.approval_pages import in_tab
from kezhi.work.approval_records import take_snapshot
from kezhi.work.approval_titles import found_by
from kezhi.work.models import Notification
from kezhi.work.models.approvals import Approval, ApprovalParty, ApprovalStage, ApprovalStep, PartyRole, StageState
from kezhi.work.operations.deadlines import cancel_deadlines, start_deadline
from kezhi.work.operations.tasks import About


def _about(planted: Planted) -> About:
    known = planted.record_type
    title = known.all_fields()[known.title_field].get(planted.record) or planted.record.number
    return About(known.key, planted.record.pk, str(title)[:200])


def _asked_for(member: Member, planted: Planted) -> tuple[Approval, ApprovalStep]:
    """The record's owner asks for something about it, and the member is to agree."""
    about, moment = _about(planted), now()
    asker = planted.record_type.policy.owner_id(planted.record) or member.id
    with transaction.atomic():
        approval: Approval = Approval.objects.ungated("contract").create(
            act="general",
            title=f"{about.title} {planted.record.number}",
            requester_id=asker,
            about_type=about.record_type,
            about_id=about.record_id,
            about_title=about.title,
            snapshot=take_snapshot(about),
            fingerprint="another",
            stage=10,
            created_at=moment,
        )
        stage = ApprovalStage.objects.create(approval=approval, position=10, state=StageState.WAITING)
        step = ApprovalStep.objects.create(
            approval=approval, stage=stage, user_id=member.id, state="waiting", waiting_since=moment
        )
        ApprovalParty.objects.create(approval=approval, user_id=member.id, role=PartyRole.APPROVER, added_at=moment)
    return approval, step


def _approvals(member: Member, planted: Planted) -> str:
    """Pages, API, inbox of an approval."""
    approval, step = _asked_for(member, planted)
    with transaction.atomic():
        notices.ask(approval, step, system_actor("contract"))
    pages = [get(member, f"/approvals/{approval.pk}/{part}") for part in ("", "decision/")]
    pages += [get(member, "/approvals/", tab=tab) for tab in ("waiting", "all")]
    pages.append(get(member, "/approvals/decisions/", ids=str(approval.pk)))
    pages.append(text_of(api(member, f"/api/v1/approvals/{approval.pk}/")))
    told = Notification.objects.filter(user_id=member.id, source_type="approval", source_id=approval.pk)
    pages += [get(member, f"/inbox/{row.pk}/") for row in told]
    return "\n".join([*pages, *(f"{row.title} {row.why}" for row in told)])


def _approval_search(member: Member, planted: Planted) -> str:
    """Words by which the member finds the approval although they may not see what it is about."""
    approval, _step = _asked_for(member, planted)
    reader = member.actor
    rows = in_tab("all", reader).filter(pk=approval.pk)
    words = sorted({form for forms in planted.all_forms.values() for form in forms if form})
    return "\n".join(word for word in words if found_by(rows, word, reader).exists())


def _deadlines(member: Member, planted: Planted) -> str:
    """A promise about the record that is overdue: the list, the clock's own page."""
    actor, about = system_actor("contract"), _about(planted)
    deadline = start_deadline(
        "next_action",
        about,
        owner_id=planted.record_type.policy.owner_id(planted.record),
        due_at=now() + timedelta(minutes=1),
        started_at=now() - timedelta(days=1),
        actor=actor,
    )
    if deadline is None:
        return ""
    pages = [get(member, "/deadlines/"), get(member, f"/deadlines/{deadline.pk}/")]
    cancel_deadlines("next_action", about.record_type, [about.record_id], actor=actor)
    return "\n".join(pages)


register_door(Door("approvals", _approvals))
register_door(Door("approval search", _approval_search))
register_door(Door("deadlines", _deadlines))
