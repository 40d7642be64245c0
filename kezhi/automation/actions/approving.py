"""Asking somebody's agreement about the record; what the rule does next may wait for the answer as an event."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor, user_actor
from kezhi.access.directory import person_name
from kezhi.access.models import FieldLevel
from kezhi.automation.actions.base import Action, ActionFailed, Effects, Param, Step, Target, may_see, register_action
from kezhi.automation.parameters import param_words
from kezhi.automation.people import find_people
from kezhi.automation.texts import Filler, masked
from kezhi.core.conditions import Phrase
from kezhi.records.fields import MoneyField
from kezhi.records.registry import RecordType
from kezhi.work.approval_requests import GENERAL
from kezhi.work.approvals import About, ApprovalProblem, acts, find_act
from kezhi.work.operations.approval_batches import Asked, request_approvals


class AskApproval(Action):
    """Ask for an approval in somebody's name; with the record's amount, so that flows by amount hold."""

    key = "ask_approval"
    label = _("请求审批")
    icon = "stamp"
    order = 28
    params = (
        Param("who", _("以谁的名义"), "people", default=["owner"]),
        Param("text", _("请求什么"), "words", help=_("第一行是标题，后面是理由。")),
        Param(
            "act",
            _("哪种审批"),
            "choice",
            required=False,
            options=lambda: [(act.key, act.label) for act in acts() if act.is_offered],
            help=_("记录有金额的，按它的金额找审批流程。"),
        ),
    )

    def phrases(self, params: Mapping[str, Any], record_type: RecordType) -> list[Phrase]:
        return [
            Phrase("op", gettext("以")),
            Phrase("value", param_words(self.params[0], params, record_type)),
            Phrase("op", gettext("的名义请求审批：")),
            Phrase("value", param_words(self.params[1], params, record_type).partition("\n")[0]),
        ]

    def perform(self, step: Step, targets: Sequence[Target]) -> None:
        fillers: dict[int, Filler] = {}
        asked: list[Asked] = []
        for target in targets:
            asker = next(iter(find_people(step.params["who"], target, step.record_type)), None)
            if asker is None:
                raise ActionFailed(_("没有人可以作为申请人"))
            asker_actor = user_actor(asker)
            if not may_see(step.record_type, target.record, asker_actor):
                raise ActionFailed(_("申请人无权查看这条记录"))
            if asker not in fillers:
                fillers[asker] = Filler(step.record_type, asker_actor, step.rule_label, outside=masked)
            filler = fillers[asker]
            title, text = filler.title_and_body(step.params["text"], target.record)
            about = About(step.record_type.key, target.record.pk, filler.fill("{record}", target.record))
            key = f"rule:{target.run_id}:{step.number}" if target.run_id else ""
            amount = _amount_of(step.record_type, target.record, asker_actor)
            asked.append(Asked(title, asker, about, target.actor, text, key, amount))
        try:
            approvals = request_approvals(_act(step.params), asked, actor=targets[0].actor)
        except ApprovalProblem as problem:
            raise ActionFailed(str(problem)) from problem
        for target, one, approval in zip(targets, asked, approvals, strict=True):
            target.did = {"who": one.requester_id, "approval": approval.pk}

    def foresee(self, step: Step, targets: Sequence[Target]) -> None:
        for target in targets:
            target.did = {"who": next(iter(find_people(step.params["who"], target, step.record_type)), None)}

    def told(self, facts: Mapping[str, Any], record_type: RecordType) -> str:
        who = person_name(int(facts["who"])) if facts.get("who") else "—"
        return gettext("以%(who)s的名义请求审批") % {"who": who}

    def effects(self, params: Mapping[str, Any], record_type: RecordType) -> Effects:
        return Effects(events=frozenset({"approval.asked"}))


def _act(params: Mapping[str, Any]) -> str:
    known = find_act(str(params.get("act") or GENERAL))
    return known.key if known is not None and known.is_offered else GENERAL


def _amount_of(record_type: RecordType, record: Any, asker: Actor) -> Decimal | None:
    """The record's own amount, as far as the person it is asked for reads it."""
    known = record_type.field("amount")
    if not isinstance(known, MoneyField) or record_type.level("amount", asker) not in _READABLE:
        return None
    value = known.get(record)
    return value if isinstance(value, Decimal) else None


_READABLE = (FieldLevel.READ, FieldLevel.WRITE)
register_action(AskApproval())
