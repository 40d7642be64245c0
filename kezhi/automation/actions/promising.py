"""Promises with a clock, as rules start, keep, pause and cancel them (SVC-3). Set-wise, however many records."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.directory import person_name
from kezhi.automation.actions.base import Action, ActionFailed, Effects, Param, Step, Target, register_action
from kezhi.automation.parameters import param_words
from kezhi.automation.people import find_people
from kezhi.automation.problems import DefinitionProblem
from kezhi.automation.spans import Span, read_span
from kezhi.automation.texts import Filler
from kezhi.core.clock import day_start
from kezhi.core.conditions import Phrase
from kezhi.records.registry import RecordType, find_record_type
from kezhi.work.deadlines_kinds import deadline_kind, deadline_kinds
from kezhi.work.models import Task
from kezhi.work.models.deadlines import Deadline
from kezhi.work.operations.deadlines import (
    Promise,
    cancel_deadlines,
    meet_deadlines,
    move_deadlines,
    open_deadlines,
    pause_deadlines,
    resume_deadlines,
    start_deadlines,
)
from kezhi.work.operations.tasks import About

ORIGIN = "rule"


def _kind_options() -> list[tuple[str, Any]]:
    return [(kind.key, kind.label) for kind in deadline_kinds()]


_KIND = Param("kind", _("哪种时限"), "choice", options=_kind_options)
_ABOUT = Param("about", _("哪条记录的"), "related", required=False, help=_("默认是这条记录；也可以是它所属的记录。"))


@dataclass(frozen=True, slots=True)
class _Subjects:
    """The records whose clocks a rule sets: their type, and per target the id."""

    record_type: RecordType
    ids: dict[int, int]

    def of(self, target: Target) -> int | None:
        return self.ids.get(target.record.pk)


class _Clock(Action):
    """Common to all acts on clocks."""

    at_once = True
    event: ClassVar[str]

    def effects(self, params: Mapping[str, Any], record_type: RecordType) -> Effects:
        # Events stand on the record the clock is about; only for rules about the same type can they start others.
        return Effects(events=frozenset() if params.get("about") else frozenset({self.event}))

    def concerned(self, params: Mapping[str, Any], record_type: RecordType, ids: Collection[int]) -> set[int]:
        subjects = _subjects(params, record_type, ids)
        found = open_deadlines(str(params.get("kind", "")), subjects.record_type.key, set(subjects.ids.values()))
        return {pk for pk, about in subjects.ids.items() if about in found}

    def foresee(self, step: Step, targets: Sequence[Target]) -> None:
        for target in targets:
            target.did = {"kind": step.params["kind"]}

    def told(self, facts: Mapping[str, Any], record_type: RecordType) -> str:
        kind = deadline_kind(str(facts.get("kind", "")))
        return gettext("%(act)s：%(kind)s") % {"act": self.label, "kind": kind.label if kind else ""}

    def phrases(self, params: Mapping[str, Any], record_type: RecordType) -> list[Phrase]:
        return [Phrase("op", str(self.label)), *_named(params, record_type)]


class StartDeadline(_Clock):
    """Start the clock of a promise about the record; one that runs already goes on, or moves to the date it follows."""

    key = "start_deadline"
    label = _("启动计时")
    icon = "clock"
    order = 25
    opens = True
    event = "deadline.started"
    params = (
        _KIND,
        Param("who", _("谁来做到"), "people", default=["owner"]),
        Param("span", _("多久之内"), "span", required=False, help=_("留空：按时限设置里的长度。")),
        Param("until", _("到哪个日期为止"), "date_field", required=False, help=_("这个日期改了，时限跟着改。")),
        _ABOUT,
    )

    def check(self, params: Mapping[str, Any], record_type: RecordType) -> None:
        kind = deadline_kind(str(params.get("kind", "")))
        if kind is not None and kind.minutes is None and not params.get("span") and not params.get("until"):
            raise DefinitionProblem(_("这种时限没有固定长度，请写明多久之内或到哪个日期"), "with.span")

    def phrases(self, params: Mapping[str, Any], record_type: RecordType) -> list[Phrase]:
        words = [Phrase("op", gettext("启动计时")), *_named(params, record_type)]
        if span := param_words(self.params[2], params, record_type):
            words += [Phrase("op", gettext("，限")), Phrase("value", span)]
        if until := param_words(self.params[3], params, record_type):
            words += [Phrase("op", gettext("，到")), Phrase("value", until)]
        return [
            *words,
            Phrase("op", gettext("，由")),
            Phrase("value", param_words(self.params[1], params, record_type)),
        ]

    def concerned(self, params: Mapping[str, Any], record_type: RecordType, ids: Collection[int]) -> set[int]:
        return set(ids) if params.get("until") else set(ids) - super().concerned(params, record_type, ids)

    def perform(self, step: Step, targets: Sequence[Target]) -> None:
        kind = deadline_kind(str(step.params["kind"]))
        if kind is None:
            raise ActionFailed(_("这种时限已不存在"))
        subjects = _subjects(step.params, step.record_type, {target.record.pk for target in targets})
        titles = _titles(step, targets, subjects)
        running = open_deadlines(kind.key, subjects.record_type.key, set(titles)) if step.params.get("until") else {}
        promises: list[Promise] = []
        waiting: list[Target] = []
        moves: dict[int, datetime] = {}
        by: dict[int, Actor] = {}
        for target in targets:
            about = subjects.of(target)
            due = self._due(step, target)
            target.did = {"kind": kind.key, "owner": None, "due": ""}
            if about is None or about not in titles or (step.params.get("until") and due is None):
                continue
            by[about] = target.actor
            if about in running and due is not None:
                target.did = {"kind": kind.key, "owner": running[about].owner_id, "due": due.isoformat()}
                if running[about].due_at != due:
                    moves[running[about].pk] = due
                continue
            promises.append(self._promise(step, target, subjects, titles, due))
            waiting.append(target)
        if moves:
            move_deadlines(moves, actor=targets[0].actor, by=by)
        for target, deadline in zip(waiting, start_deadlines(promises, actor=targets[0].actor), strict=True):
            if deadline is not None:
                due_text = deadline.due_at.isoformat()
                target.did = {"kind": kind.key, "owner": deadline.owner_id, "due": due_text}

    def foresee(self, step: Step, targets: Sequence[Target]) -> None:
        for target in targets:
            owner = next(iter(find_people(step.params["who"], target, step.record_type)), None)
            due = self._due(step, target)
            target.did = {"kind": step.params["kind"], "owner": owner, "due": due.isoformat() if due else ""}

    def told(self, facts: Mapping[str, Any], record_type: RecordType) -> str:
        kind = deadline_kind(str(facts.get("kind", "")))
        words = {
            "kind": kind.label if kind else "",
            "who": person_name(int(facts["owner"])) if facts.get("owner") else "—",
        }
        return gettext("启动计时：%(kind)s（%(who)s）") % words

    @staticmethod
    def _due(step: Step, target: Target) -> datetime | None:
        if key := step.params.get("until"):
            known = step.record_type.field(str(key))
            value = known.get(target.record) if known else None
            if isinstance(value, datetime) or value is None:
                return value
            return day_start(value + timedelta(days=1)) if isinstance(value, date) else None
        span: Span | None = read_span(step.params["span"]) if step.params.get("span") else None
        return span.after(target.at) if span else None

    @staticmethod
    def _promise(
        step: Step, target: Target, subjects: _Subjects, titles: Mapping[int, str], due: datetime | None
    ) -> Promise:
        about = subjects.ids[target.record.pk]
        record = target.record
        also = (record.about_type, record.about_id) if isinstance(record, Task) and record.about_id else None
        return Promise(
            kind=str(step.params["kind"]),
            about=About(subjects.record_type.key, about, titles[about]),
            owner_id=next(iter(find_people(step.params["who"], target, step.record_type)), None),
            due_at=due,
            started_at=target.at,
            origin=ORIGIN,
            origin_id=step.rule_id,
            also=also,
            moves_with_record="owner" in step.params["who"] and not step.params.get("about"),
            by=target.actor,
        )


class MeetDeadline(_Clock):
    """The promise is kept; what happened before it was given keeps nothing."""

    key = "meet_deadline"
    label = _("时限已做到")
    icon = "check"
    order = 26
    params = (_KIND, _ABOUT)
    event = "deadline.met"

    def perform(self, step: Step, targets: Sequence[Target]) -> None:
        kind = str(step.params["kind"])
        at: dict[int, datetime] = {}
        subjects, by, found = _running(step, targets)
        for target in targets:
            about = subjects.of(target)
            row = found.get(about or 0)
            target.did = {"kind": kind, "done": row is not None and target.at >= row.started_at}
            if about is not None and target.did["done"]:
                at[about] = max(target.at, at.get(about, target.at))
        meet_deadlines(kind, subjects.record_type.key, at, actor=targets[0].actor, at=at, by=by)


class CancelDeadline(_Clock):
    """The promise no longer counts."""

    key = "cancel_deadline"
    label = _("取消计时")
    icon = "x"
    order = 27
    params = (_KIND, _ABOUT)
    event = "deadline.cancelled"

    def perform(self, step: Step, targets: Sequence[Target]) -> None:
        subjects, by, found = _running(step, targets)
        kind, about = str(step.params["kind"]), subjects.record_type.key
        cancel_deadlines(kind, about, found, reason=step.rule_label, actor=targets[0].actor, by=by)


class PauseDeadline(_Clock):
    """The clock stands still, with a reason, until a rule or somebody lets it go on."""

    key = "pause_deadline"
    label = _("暂停计时")
    icon = "pause"
    order = 27
    params = (_KIND, Param("reason", _("为什么暂停"), "line"), _ABOUT)
    event = "deadline.paused"

    def perform(self, step: Step, targets: Sequence[Target]) -> None:
        _subjects_of, by, found = _running(step, targets)
        ids = [row.pk for row in found.values() if row.state == Deadline.State.RUNNING]
        pause_deadlines(ids, str(step.params["reason"]), actor=targets[0].actor, by=by)


class ResumeDeadline(_Clock):
    """A clock that stands still goes on."""

    key = "resume_deadline"
    label = _("继续计时")
    icon = "play"
    order = 27
    params = (_KIND, _ABOUT)
    event = "deadline.resumed"

    def perform(self, step: Step, targets: Sequence[Target]) -> None:
        _subjects_of, by, found = _running(step, targets)
        ids = [row.pk for row in found.values() if row.state == Deadline.State.PAUSED]
        resume_deadlines(ids, actor=targets[0].actor, by=by)


def _named(params: Mapping[str, Any], record_type: RecordType) -> list[Phrase]:
    """Which promise: "客户的首次联系", or only its kind where it is about the record itself."""
    kind = Phrase("value", param_words(_KIND, params, record_type))
    about = param_words(_ABOUT, params, record_type)
    return [Phrase("field", about), Phrase("op", gettext("的")), kind] if about else [kind]


def _subjects(params: Mapping[str, Any], record_type: RecordType, ids: Iterable[int]) -> _Subjects:
    """Whose clocks: those of the records themselves, or of the record a field of theirs names."""
    known = record_type.field(str(params.get("about") or ""))
    other = find_record_type(getattr(known, "to", "")) if known is not None else None
    if known is None or other is None:
        return _Subjects(record_type, {pk: pk for pk in ids})
    rows = record_type.model.objects.ungated("rules").filter(pk__in=list(ids)).order_by()
    found = rows.values_list("pk", known.attribute)
    return _Subjects(other, {pk: about for pk, about in found if about is not None})


def _running(step: Step, targets: Sequence[Target]) -> tuple[_Subjects, dict[int, Actor], dict[int, Deadline]]:
    """The records meant, who acts for each, and their open clocks of the kind."""
    subjects = _subjects(step.params, step.record_type, {target.record.pk for target in targets})
    by = {about: target.actor for target in targets if (about := subjects.of(target)) is not None}
    for target in targets:
        target.did = {"kind": step.params["kind"]}
    return subjects, by, open_deadlines(str(step.params["kind"]), subjects.record_type.key, by)


def _titles(step: Step, targets: Sequence[Target], subjects: _Subjects) -> dict[int, str]:
    """The names of the records the clocks are about; those in the recycle bin get none."""
    filler = Filler(subjects.record_type, targets[0].actor, step.rule_label)
    if subjects.record_type is step.record_type:
        return {target.record.pk: filler.fill("{record}", target.record) for target in targets}
    rows = subjects.record_type.model.objects.ungated("rules").filter(
        pk__in=set(subjects.ids.values()), deleted_at__isnull=True
    )
    rows = rows.select_related(*subjects.record_type.related_load)
    return {record.pk: filler.fill("{record}", record) for record in rows}


register_action(StartDeadline())
register_action(MeetDeadline())
register_action(CancelDeadline())
register_action(PauseDeadline())
register_action(ResumeDeadline())
