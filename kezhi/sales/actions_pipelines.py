"""What rules can do to opportunities: move them to a stage, write to the customer's side (SAL-3)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import user_actor
from kezhi.automation.actions.base import Action, ActionFailed, Effects, Param, Step, Target, register_action
from kezhi.automation.parameters import param_words
from kezhi.automation.texts import Filler, masked
from kezhi.core.clock import now
from kezhi.core.conditions import Phrase
from kezhi.core.figures import integer_figure
from kezhi.core.workdays import add_business_minutes
from kezhi.customers.models import Customer
from kezhi.records.operations import Conflict, InvalidRecord, change_record
from kezhi.records.registry import RecordType, record_type
from kezhi.sales.choices import pipelines
from kezhi.sales.entry_conditions import stage_label
from kezhi.sales.letters import Letter, letters_to, may_leave, post_letter
from kezhi.sales.models import Opportunity, Stage
from kezhi.sales.operations.stages import enter_stage
from kezhi.sales.stages import find_stage, stage_facts, stages_of
from kezhi.work.notices import languages_of
from kezhi.work.operations.tasks import About, TaskPlan, plan_tasks
from kezhi.work.task_origins import RULE

_NEXT = "next"
_ABOUT = ("opportunity", "quote", "contract")


class MoveStage(Action):
    """Move the opportunity (that of a quote or contract) forward under the conditions of the stage.

    One of another pipeline, one that is there already or further, and one that has ended stay where they are; only a
    won one goes back where the rule says so.
    """

    key = "move_stage"
    label = _("移到阶段")
    icon = "arrow"
    order = 21
    params = (
        Param("stage", _("移到"), "choice", options=lambda: _stage_options()),
        Param("confirmed", _("同时记下客户已确认方案"), "yesno", required=False),
        Param("back", _("已赢单的商机也退回到这个阶段"), "yesno", required=False),
    )

    def applies_to(self, record_type: RecordType) -> bool:
        return record_type.key in _ABOUT

    def phrases(self, params: Mapping[str, Any], record_type: RecordType) -> list[Phrase]:
        return [
            Phrase("op", gettext("把商机移到")),
            Phrase("value", param_words(self.params[0], params, record_type)),
        ]

    def perform(self, step: Step, targets: Sequence[Target]) -> None:
        found = _opportunities(step, targets)
        for target in targets:
            opportunity = found.get(target.record.pk)
            if opportunity is None:
                target.did = {"changed": False}
                continue
            try:
                if step.params.get("confirmed") and not opportunity.is_confirmed:
                    opportunity = change_record(opportunity, {"is_confirmed": "true"}, actor=target.actor)
                wanted = _wanted(step, opportunity)
                if wanted is not None:
                    enter_stage(opportunity, wanted, actor=target.actor, reason=step.rule_label)
            except InvalidRecord as refused:
                raise ActionFailed(next(iter(refused.problems.values()))) from refused
            except Conflict as clash:
                raise ActionFailed(_("别人刚刚移动了这个商机")) from clash
            target.did = {"changed": wanted is not None, "stage": wanted or opportunity.stage_id}

    def foresee(self, step: Step, targets: Sequence[Target]) -> None:
        found = _opportunities(step, targets)
        for target in targets:
            opportunity = found.get(target.record.pk)
            wanted = _wanted(step, opportunity) if opportunity is not None else None
            target.did = {"changed": wanted is not None, "stage": wanted or ""}

    def told(self, facts: Mapping[str, Any], record_type: RecordType) -> str:
        if not facts.get("changed"):
            return gettext("商机留在原来的阶段")
        return gettext("把商机移到“%(stage)s”") % {"stage": stage_label(str(facts.get("stage", "")))}

    def effects(self, params: Mapping[str, Any], record_type: RecordType) -> Effects:
        return Effects(changes=frozenset({("opportunity", "stage")}), events=frozenset({"opportunity.stage_entered"}))


class MailContact(Action):
    """Write to the contact of an opportunity or customer, else to the customer.

    What may not leave, or where mail is not set up, becomes a draft: a task for the owner with the letter (AUTO-9).
    """

    key = "mail_contact"
    label = _("给客户联系人发邮件")
    icon = "mail"
    order = 42
    params = (Param("text", _("内容"), "words", help=_("第一行是主题，后面是正文。")),)

    def applies_to(self, record_type: RecordType) -> bool:
        return record_type.model in (Opportunity, Customer)

    def phrases(self, params: Mapping[str, Any], record_type: RecordType) -> list[Phrase]:
        return [
            Phrase("op", gettext("给客户联系人发邮件：")),
            Phrase("value", param_words(self.params[0], params, record_type).partition("\n")[0]),
        ]

    def perform(self, step: Step, targets: Sequence[Target]) -> None:
        drafts: list[TaskPlan] = []
        letters = letters_to([target.record for target in targets])
        for target, letter in zip(targets, letters, strict=True):
            if letter is None:
                target.did = {"to": ""}
            elif may_leave(step, target, letter):
                post_letter(step, target, letter)
                target.did = {"to": letter.masked}
            else:
                target.did = {"to": letter.masked, "draft": True}
                drafts += _draft_task(step, target, letter)
        plan_tasks(drafts)

    def foresee(self, step: Step, targets: Sequence[Target]) -> None:
        letters = letters_to([target.record for target in targets])
        for target, letter in zip(targets, letters, strict=True):
            target.did = {"to": letter.masked if letter else ""}
            if letter is not None and not may_leave(step, target, letter):
                target.did["draft"] = True

    def told(self, facts: Mapping[str, Any], record_type: RecordType) -> str:
        if not facts.get("to"):
            return gettext("联系人和客户都没有邮箱，没有发邮件")
        if facts.get("draft"):
            return gettext("邮件存为草稿，请负责人发给%(to)s") % {"to": facts["to"]}
        return gettext("发邮件到%(to)s") % {"to": facts["to"]}

    def effects(self, params: Mapping[str, Any], record_type: RecordType) -> Effects:
        return Effects(sends=frozenset({gettext("客户的邮箱")}), creates=frozenset({"task"}))


def _draft_task(step: Step, target: Target, letter: Letter) -> list[TaskPlan]:
    """The letter for the owner to send; written in their language with what they may see themselves."""
    owner = target.record.owner_id
    if owner is None:
        return []
    with translation.override(languages_of({owner}).get(owner, "zh-hans")):
        filler = Filler(step.record_type, user_actor(owner), step.rule_label, outside=masked)
        subject, body = filler.title_and_body(step.params["text"], target.record)
        title = gettext("发邮件：%(subject)s") % {"subject": subject}
        about = About(step.record_type.key, target.record.pk, filler.fill("{record}", target.record))
    due = add_business_minutes(now(), integer_figure("sales.letter_minutes"))
    return [TaskPlan(title, owner, due, target.actor, about=about, origin=RULE, origin_id=target.run_id, detail=body)]


def _opportunities(step: Step, targets: Sequence[Target]) -> dict[int, Opportunity]:
    """Record id → its opportunity, if it is open, or won and may go back."""
    states = [Opportunity.State.OPEN, *([Opportunity.State.WON] if step.params.get("back") else [])]
    if step.record_type.key == "opportunity":
        ids = {target.record.pk: target.record.pk for target in targets}
    else:
        ids = {target.record.pk: target.record.opportunity_id for target in targets}
    rows = Opportunity.objects.ungated("rules").filter(
        pk__in={pk for pk in ids.values() if pk}, deleted_at__isnull=True, state__in=states
    )
    known = {row.pk: row for row in rows.select_related(*record_type("opportunity").related_load)}
    return {pk: known[wanted] for pk, wanted in ids.items() if wanted in known}


def _wanted(step: Step, opportunity: Opportunity) -> str | None:
    """The stage it would go to; None where it stays."""
    stage_key, here = str(step.params["stage"]), stage_facts(opportunity.stage_id)
    if stage_key == _NEXT:
        if here.kind == Stage.Kind.WON:
            return None
        later = (each for each in stages_of(here.pipeline) if each.is_active and each.order > here.order)
        return next((each.key for each in later if each.kind == Stage.Kind.OPEN), None)
    stage = find_stage(stage_key)
    if stage is None:
        raise ActionFailed(_("规则里的阶段已被删除"))
    # Only one that may go back is won here.
    is_ahead = stage.order < here.order if here.kind == Stage.Kind.WON else stage.order > here.order
    return stage.key if stage.pipeline == here.pipeline and is_ahead and stage.is_active else None


def _stage_options() -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = [(_NEXT, _("下一阶段"))]
    for pipeline in pipelines().items.values():
        for stage in stages_of(pipeline.key):
            words = {"pipeline": pipeline.label, "stage": stage_label(stage.key)}
            found.append((stage.key, gettext("%(pipeline)s · %(stage)s") % words))
    return found


register_action(MoveStage())
register_action(MailContact())
