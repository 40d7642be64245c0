"""What follow-ups add to the generic operations, so that page, API and import obey the same rules (FUP-2, FUP-3)."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.core.clock import now
from kezhi.core.events import EventDraft
from kezhi.core.figures import figure_value, integer_figure
from kezhi.engagement.facts import refresh_follow_facts
from kezhi.engagement.models import FollowUp
from kezhi.engagement.moods import note_answers
from kezhi.engagement.origins import CADENCE
from kezhi.records.behaviour import Behaviour, Draft
from kezhi.records.completeness import missing_for_follow_up
from kezhi.records.registry import RecordType, record_type
from kezhi.work.operations import plan_tasks
from kezhi.work.operations.tasks import About, TaskPlan, finish_planned


class FollowUpBehaviour(Behaviour):
    """A follow-up says what happens next, hands it out as a task, and moves the customer's dates."""

    def check(self, record_type_: RecordType, drafts: Sequence[Draft]) -> None:
        customer_type = record_type("customer")
        for draft in drafts:
            follow_up: FollowUp = draft.record
            if "customer" in draft.problems or follow_up.customer_id is None:
                continue
            if follow_up.contact is not None and follow_up.contact.customer_id != follow_up.customer_id:
                draft.problems["contact"] = _("这个联系人不属于该客户")
            if follow_up.happened_at and follow_up.happened_at > now():
                draft.problems["happened_at"] = _("跟进时间不能晚于现在")
            _check_next_action(draft)
            if draft.is_new and (missing := missing_for_follow_up(customer_type, follow_up.customer)):
                names = gettext("、").join(str(field.label) for field in missing)
                draft.problems["customer"] = gettext("客户资料还缺：%(fields)s。补全后才能提交跟进。") % {
                    "fields": names
                }

    def derive(self, record_type_: RecordType, drafts: Sequence[Draft]) -> Sequence[str]:
        for draft in drafts:
            if draft.is_new and draft.record.owner_id is None:
                draft.record.owner_id = draft.actor.user_id
        return ()

    def stored(self, record_type_: RecordType, drafts: Sequence[Draft]) -> Sequence[EventDraft]:
        planned: list[FollowUp] = []
        plans: list[TaskPlan] = []
        for draft in drafts:
            follow_up: FollowUp = draft.record
            if draft.is_new and follow_up.next_action and follow_up.next_person_id:
                planned.append(follow_up)
                plans.append(
                    TaskPlan(
                        follow_up.next_action,
                        follow_up.next_person_id,
                        follow_up.next_due_at,
                        draft.actor,
                        About("customer", follow_up.customer_id, follow_up.customer.name),
                        "follow_up",
                        follow_up.pk,
                    )
                )
        for follow_up, task in zip(planned, plan_tasks(plans), strict=True):
            FollowUp.objects.ungated("operation").filter(pk=follow_up.pk).update(task=task)
        new = [draft for draft in drafts if draft.is_new]
        answered = {draft.record.customer_id for draft in new if _is_answer(draft.record)}
        note_answers(answered, {draft.record.customer_id for draft in new} - answered)
        if new:
            by = {draft.record.customer_id: draft.actor for draft in new}
            finish_planned(CADENCE, by, actor=new[0].actor, result=gettext("已跟进"))
        refresh_follow_facts({draft.record.customer_id for draft in drafts})
        return ()

    def removed(self, record_type_: RecordType, records: Sequence[Any], actor: Actor) -> None:
        refresh_follow_facts({record.customer_id for record in records})

    def restored(self, record_type_: RecordType, records: Sequence[Any], actor: Actor) -> None:
        refresh_follow_facts({record.customer_id for record in records})


def _is_answer(follow_up: FollowUp) -> bool:
    """Whether the customer said anything: something is noted as said, or as a sign that is not a refusal."""
    return bool(follow_up.feedback.strip()) or follow_up.signal in ("positive", "neutral")


def _check_next_action(draft: Draft) -> None:
    """Who, what and by when, or "no further action" with a reason; never a vague phrase (FUP-2)."""
    follow_up: FollowUp = draft.record
    action = follow_up.next_action.strip()
    if not action:
        if not follow_up.no_next_reason.strip():
            draft.problems["next_action"] = _(
                "请写明下一步：谁、做什么、什么时候前；确实没有下一步请选“无需下一步”并写原因。"
            )
        return
    plain = "".join(action.casefold().split())
    vague = [word.casefold() for word in str(figure_value("engagement.vague_words")).split()]
    rest = plain
    for word in sorted(vague, key=len, reverse=True):
        rest = rest.replace(word, "")
    least = integer_figure("engagement.next_action_least")
    if len(plain) < least or (rest != plain and len(rest) < least):
        draft.problems["next_action"] = _("下一步太含糊。请写清要做的事，例如“给沈主任发书面报价”。")
    if follow_up.next_person_id is None:
        draft.problems["next_person"] = _("请选择由谁来做")
    if follow_up.next_due_at is None:
        draft.problems["next_due_at"] = _("请填写什么时候前做完")
    elif draft.changed("next_due_at") and follow_up.next_due_at <= now():
        draft.problems["next_due_at"] = _("期限要晚于现在")
