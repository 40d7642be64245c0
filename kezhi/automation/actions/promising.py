"""Promises with a clock, as rules start, keep and cancel them (SVC-3)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.access.directory import person_name
from kezhi.automation.actions.base import Action, ActionFailed, Effects, Param, Step, Target, register_action
from kezhi.automation.parameters import param_words
from kezhi.automation.people import find_people
from kezhi.automation.spans import Span, read_span
from kezhi.automation.texts import Filler
from kezhi.core.clock import now
from kezhi.core.conditions import Phrase
from kezhi.records.registry import RecordType
from kezhi.work.deadlines_kinds import deadline_kind, deadline_kinds
from kezhi.work.operations.deadlines import Promise, cancel_deadlines, meet_deadlines, start_deadlines
from kezhi.work.operations.tasks import About


def _kind_options() -> list[tuple[str, Any]]:
    return [(kind.key, kind.label) for kind in deadline_kinds()]


_KIND = Param("kind", _("哪种时限"), "choice", options=_kind_options)


class StartDeadline(Action):
    """Start the clock of a promise about the record; one that runs already goes on as it is."""

    key = "start_deadline"
    label = _("启动计时")
    icon = "clock"
    order = 25
    params = (
        _KIND,
        Param("who", _("谁来做到"), "people", default=["owner"]),
        Param("span", _("多久之内"), "span", required=False, help=_("留空：按时限设置里的长度。")),
    )

    def phrases(self, params: Mapping[str, Any], record_type: RecordType) -> list[Phrase]:
        words = [Phrase("op", gettext("启动计时")), Phrase("value", param_words(self.params[0], params, record_type))]
        if span := param_words(self.params[2], params, record_type):
            words += [Phrase("op", gettext("，限")), Phrase("value", span)]
        return [
            *words,
            Phrase("op", gettext("，由")),
            Phrase("value", param_words(self.params[1], params, record_type)),
        ]

    def perform(self, step: Step, targets: Sequence[Target]) -> None:
        kind = deadline_kind(str(step.params["kind"]))
        if kind is None:
            raise ActionFailed(_("这种时限已不存在"))
        span = read_span(step.params["span"]) if step.params.get("span") else None
        for target in targets:
            owner = next(iter(find_people(step.params["who"], target, step.record_type)), None)
            title = Filler(step.record_type, target.actor, step.rule_label).fill("{record}", target.record)
            promise = Promise(
                kind=kind.key,
                about=About(step.record_type.key, target.record.pk, title),
                owner_id=owner,
                due_at=span.after(now()) if span else None,
                origin="rule",
                origin_id=target.run_id,
                moves_with_record="owner" in step.params["who"],
            )
            [deadline] = start_deadlines([promise], actor=target.actor)
            target.did = {"kind": kind.key, "owner": owner, "due": deadline.due_at.isoformat() if deadline else ""}

    def foresee(self, step: Step, targets: Sequence[Target]) -> None:
        span: Span | None = read_span(step.params["span"]) if step.params.get("span") else None
        for target in targets:
            owner = next(iter(find_people(step.params["who"], target, step.record_type)), None)
            due = span.after(now()).isoformat() if span else ""
            target.did = {"kind": step.params["kind"], "owner": owner, "due": due}

    def told(self, facts: Mapping[str, Any], record_type: RecordType) -> str:
        kind = deadline_kind(str(facts.get("kind", "")))
        words = {
            "kind": kind.label if kind else "",
            "who": person_name(int(facts["owner"])) if facts.get("owner") else "—",
        }
        return gettext("启动计时：%(kind)s（%(who)s）") % words

    def effects(self, params: Mapping[str, Any], record_type: RecordType) -> Effects:
        return Effects(events=frozenset({"deadline.started"}))


class _Ending(Action):
    """Common to keeping and cancelling."""

    params = (_KIND,)

    def phrases(self, params: Mapping[str, Any], record_type: RecordType) -> list[Phrase]:
        return [Phrase("op", str(self.label)), Phrase("value", param_words(self.params[0], params, record_type))]

    def foresee(self, step: Step, targets: Sequence[Target]) -> None:
        for target in targets:
            target.did = {"kind": step.params["kind"]}

    def told(self, facts: Mapping[str, Any], record_type: RecordType) -> str:
        kind = deadline_kind(str(facts.get("kind", "")))
        return gettext("%(act)s：%(kind)s") % {"act": self.label, "kind": kind.label if kind else ""}


class MeetDeadline(_Ending):
    """The promise is kept."""

    key = "meet_deadline"
    label = _("时限已做到")
    icon = "check"
    order = 26

    def perform(self, step: Step, targets: Sequence[Target]) -> None:
        for target in targets:
            meet_deadlines(str(step.params["kind"]), step.record_type.key, [target.record.pk], actor=target.actor)
            target.did = {"kind": step.params["kind"]}

    def effects(self, params: Mapping[str, Any], record_type: RecordType) -> Effects:
        return Effects(events=frozenset({"deadline.met"}))


class CancelDeadline(_Ending):
    """The promise no longer counts."""

    key = "cancel_deadline"
    label = _("取消计时")
    icon = "x"
    order = 27

    def perform(self, step: Step, targets: Sequence[Target]) -> None:
        for target in targets:
            cancel_deadlines(
                str(step.params["kind"]),
                step.record_type.key,
                [target.record.pk],
                reason=step.rule_label,
                actor=target.actor,
            )
            target.did = {"kind": step.params["kind"]}

    def effects(self, params: Mapping[str, Any], record_type: RecordType) -> Effects:
        return Effects(events=frozenset({"deadline.cancelled"}))


register_action(StartDeadline())
register_action(MeetDeadline())
register_action(CancelDeadline())
