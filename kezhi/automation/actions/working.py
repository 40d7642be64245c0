"""Giving people work: tasks, and records of any type."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import user_actor
from kezhi.access.directory import person_name
from kezhi.automation.actions.base import Action, ActionFailed, Effects, Param, Step, Target, may_see, register_action
from kezhi.automation.parameters import param_words
from kezhi.automation.people import find_people
from kezhi.automation.spans import read_span
from kezhi.automation.texts import Filler, masked
from kezhi.core.clock import now
from kezhi.core.conditions import Phrase
from kezhi.records.actor_names import rule_words
from kezhi.records.operations import InvalidRecord
from kezhi.records.operations.writing import draft_new, store_new
from kezhi.records.registry import RecordType, find_record_type, record_types
from kezhi.work.notices import languages_of
from kezhi.work.operations.tasks import About, TaskPlan, finish_planned, open_planned, plan_tasks
from kezhi.work.record_types import Priority
from kezhi.work.task_origins import FOLLOW_UP, RULE, task_origins

ORIGIN = RULE


_MARK = Param(
    "mark",
    _("任务的由来"),
    "choice",
    required=False,
    options=lambda: _mark_options(),
    help=_("写明由来的任务，同一条记录上没办完时不再建；别的规则可以按由来办结。"),
)


class CreateTask(Action):
    """Give somebody a task about the record, due a while from now. Without anybody to give it to, the run fails."""

    key = "create_task"
    label = _("建任务")
    icon = "today"
    order = 12
    params = (
        Param("to", _("给谁"), "people", help=_("几个人时，每人一条。")),
        Param("text", _("要做什么"), "words"),
        Param("due", _("多久内完成"), "span"),
        Param("priority", _("优先级"), "choice", required=False, options=lambda: Priority.choices, default="normal"),
        Param("fallback", _("没有人时给谁"), "people", required=False, help=_("只给其中第一个能看到记录的人。")),
        _MARK,
    )

    def phrases(self, params: Mapping[str, Any], record_type: RecordType) -> list[Phrase]:
        return [
            Phrase("op", gettext("给")),
            Phrase("value", param_words(self.params[0], params, record_type)),
            Phrase("op", gettext("建任务")),
            Phrase("value", param_words(self.params[1], params, record_type).partition("\n")[0]),
            Phrase("op", gettext("，期限")),
            Phrase("value", param_words(self.params[2], params, record_type)),
        ]

    def perform(self, step: Step, targets: Sequence[Target]) -> None:
        due = read_span(step.params["due"]).after(now())
        plans: list[TaskPlan] = []
        mark = str(step.params.get("mark") or "")
        known = open_planned(mark, {target.record.pk for target in targets}) if mark else {}
        fresh: dict[int, Target] = {}
        for place, target in enumerate(targets):
            if mark and (target.record.pk in known or target.record.pk in fresh):
                target.did = {"open": len(known.get(target.record.pk, (None,)))}
            else:
                fresh[target.record.pk if mark else -place] = target
        targets = list(fresh.values())
        languages = languages_of({user_id for target in targets for user_id in self._able(step, target)})
        for target in targets:
            people = self._able(step, target)
            if not people:
                raise ActionFailed(_("没有人可以接这条任务，请给规则加一个兜底的人"))
            target.did = {"to": people, "due": due.isoformat()}
            for user_id in people:
                with translation.override(languages.get(user_id, "zh-hans")):
                    filler = Filler(
                        step.record_type, user_actor(user_id), rule_words(str(step.rule_id), step.rule_label)
                    )
                    title, detail = filler.title_and_body(step.params["text"], target.record)
                    about = About(step.record_type.key, target.record.pk, filler.fill("{record}", target.record))
                plans.append(
                    TaskPlan(
                        title,
                        user_id,
                        due,
                        target.actor,
                        about=about,
                        origin=mark or ORIGIN,
                        origin_id=target.record.pk if mark else target.run_id,
                        detail=detail,
                        priority=str(step.params.get("priority") or "normal"),
                    )
                )
        plan_tasks(plans)

    def foresee(self, step: Step, targets: Sequence[Target]) -> None:
        due = read_span(step.params["due"]).after(now())
        mark = str(step.params.get("mark") or "")
        known = open_planned(mark, {target.record.pk for target in targets}) if mark else {}
        for target in targets:
            if target.record.pk in known:
                target.did = {"open": len(known[target.record.pk])}
                continue
            target.did = {"to": self._able(step, target), "due": due.isoformat()}

    def told(self, facts: Mapping[str, Any], record_type: RecordType) -> str:
        names = gettext("、").join(person_name(int(pk)) for pk in facts.get("to", []))
        if facts.get("open"):
            return gettext("已有一条没办完的任务，没有再建")
        if not names:
            return gettext("没有人可以接这条任务")
        return gettext("给%(who)s建任务") % {"who": names}

    def effects(self, params: Mapping[str, Any], record_type: RecordType) -> Effects:
        return Effects(creates=frozenset({"task"}))

    @staticmethod
    def _able(step: Step, target: Target) -> list[int]:
        """Those the rule names who may see the record: a task tells of it. Without any, the first to fall back to."""
        able = _seeing(step, target, step.params["to"])
        return able or _seeing(step, target, step.params.get("fallback") or ())[:1]


class FinishTasks(Action):
    """Finish the tasks of one origin that are open about the record."""

    key = "finish_tasks"
    label = _("办结任务")
    icon = "check"
    order = 13
    params = (
        Param("mark", _("哪种由来的任务"), "choice", options=lambda: _mark_options()),
        Param("result", _("结果写什么"), "line", required=False),
    )

    def phrases(self, params: Mapping[str, Any], record_type: RecordType) -> list[Phrase]:
        return [
            Phrase("op", gettext("办结任务，由来是")),
            Phrase("value", param_words(self.params[0], params, record_type)),
        ]

    def perform(self, step: Step, targets: Sequence[Target]) -> None:
        by = {target.record.pk: target.actor for target in targets}
        result = str(step.params.get("result") or step.rule_label)
        done = finish_planned(str(step.params["mark"]), by, actor=targets[0].actor, result=result)
        for target in targets:
            target.did = {"tasks": done.get(target.record.pk, 0)}

    def foresee(self, step: Step, targets: Sequence[Target]) -> None:
        known = open_planned(str(step.params["mark"]), {target.record.pk for target in targets})
        for target in targets:
            target.did = {"tasks": len(known.get(target.record.pk, ()))}

    def told(self, facts: Mapping[str, Any], record_type: RecordType) -> str:
        if not facts.get("tasks"):
            return gettext("没有要办结的任务")
        return gettext("办结 %(count)s 条任务") % {"count": facts["tasks"]}

    def effects(self, params: Mapping[str, Any], record_type: RecordType) -> Effects:
        return Effects(changes=frozenset({("task", "state")}))


def _seeing(step: Step, target: Target, tokens: Sequence[str]) -> list[int]:
    people = find_people(tokens, target, step.record_type)
    return [user_id for user_id in people if may_see(step.record_type, target.record, user_actor(user_id))]


def _mark_options() -> list[tuple[str, str]]:
    return [(option.value, option.label) for option in task_origins().options() if option.value not in _NO_MARKS]


# Those name something else by their numbers: a run, a follow-up.
_NO_MARKS = (RULE, FOLLOW_UP)


class CreateRecord(Action):
    """Create a record of any type, its fields filled from texts with fields of this one."""

    key = "create_record"
    label = _("新建记录")
    icon = "plus"
    order = 30
    params = (
        Param(
            "record_type",
            _("哪种记录"),
            "record_type",
            options=lambda: [(known.key, known.label) for known in record_types()],
        ),
        Param("values", _("内容"), "values", of="record_type"),
    )

    def phrases(self, params: Mapping[str, Any], record_type: RecordType) -> list[Phrase]:
        return [
            Phrase("op", gettext("新建")),
            Phrase("value", param_words(self.params[0], params, record_type)),
            Phrase("op", gettext("：")),
            Phrase("value", param_words(self.params[1], params, record_type)),
        ]

    def perform(self, step: Step, targets: Sequence[Target]) -> None:
        other = self._type(step)
        rows = [self._values(step, target) for target in targets]
        try:
            drafts = draft_new(other, rows, actor=targets[0].actor)
        except InvalidRecord as problem:
            raise ActionFailed(next(iter(problem.problems.values()))) from problem
        for target, draft in zip(targets, drafts, strict=True):
            draft.actor = target.actor
            for key, sentence in draft.problems.items():
                known = other.field(key)
                raise ActionFailed(
                    _("%(field)s：%(problem)s") % {"field": known.label if known else key, "problem": sentence}
                )
        for target, record in zip(targets, store_new(other, drafts, actor=targets[0].actor), strict=True):
            target.did = {"record_type": other.key, "record_id": record.pk, "number": record.number}

    def foresee(self, step: Step, targets: Sequence[Target]) -> None:
        for target in targets:
            target.did = {"record_type": self._type(step).key}

    def told(self, facts: Mapping[str, Any], record_type: RecordType) -> str:
        other = find_record_type(str(facts.get("record_type", "")))
        words = {"type": other.label if other else "", "number": facts.get("number", "")}
        return (gettext("新建了%(type)s %(number)s") % words).strip()

    def effects(self, params: Mapping[str, Any], record_type: RecordType) -> Effects:
        return Effects(creates=frozenset({str(params.get("record_type", ""))}))

    def _type(self, step: Step) -> RecordType:
        other = find_record_type(str(step.params["record_type"]))
        if other is None:
            raise ActionFailed(_("要新建的记录类型已不存在"))
        return other

    def _values(self, step: Step, target: Target) -> dict[str, Any]:
        """The values; a field that points to the record's own type and is not given points to this record."""
        other = self._type(step)
        filler = Filler(step.record_type, target.actor, step.rule_label, outside=masked)
        values = {
            key: filler.fill(raw, target.record) if isinstance(raw, str) and "{" in raw else raw
            for key, raw in step.params["values"].items()
        }
        for known in other.all_fields().values():
            if getattr(known, "to", "") == step.record_type.key and known.key not in values and not known.read_only:
                values[known.key] = str(target.record.pk)
        if "owner" in other.all_fields() and "owner" not in values and other.owner_path == "owner_id":
            owner = step.record_type.policy.owner_id(target.record)
            if owner:
                values["owner"] = str(owner)
        return values


register_action(CreateTask())
register_action(FinishTasks())
register_action(CreateRecord())
