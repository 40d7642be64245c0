"""Telling people through the inbox and, from there, their own channels."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import user_actor
from kezhi.access.directory import person_name
from kezhi.automation.actions.base import Action, Facts, Param, Step, Target, may_see, register_action
from kezhi.automation.parameters import param_words
from kezhi.automation.people import find_people, present_people
from kezhi.automation.texts import Filler
from kezhi.core.conditions import Phrase
from kezhi.core.figures import integer_figure
from kezhi.records.actor_names import actor_words, rule_words
from kezhi.records.registry import RecordType
from kezhi.work.notices import About, Notice, NoticeKind, languages_of, notify, register_notice_kind

REMINDER = register_notice_kind(NoticeKind("reminder", _("提醒"), channels=("app", "mail")))
ESCALATION = register_notice_kind(NoticeKind("escalation", _("上报"), channels=("app", "mail"), urgent=True))

_URGENCY = (("normal", _("普通")), ("high", _("紧急")), ("low", _("知会")))
_KINDS = (("reminder", REMINDER.label), ("escalation", ESCALATION.label))


class Notify(Action):
    """Tell people something about the record; nobody is told of a record they may not see."""

    key = "notify"
    label = _("通知")
    icon = "alert"
    order = 10
    params = (
        Param("to", _("通知谁"), "people"),
        Param("text", _("内容"), "words", help=_("第一行是标题，后面是正文。可以放入记录的字段。")),
        Param("kind", _("类型"), "choice", required=False, options=lambda: _KINDS, default="reminder"),
        Param("urgency", _("紧急程度"), "choice", required=False, options=lambda: _URGENCY, default="normal"),
    )

    def phrases(self, params: Mapping[str, Any], record_type: RecordType) -> list[Phrase]:
        return [
            Phrase("op", gettext("上报") if params.get("kind") == "escalation" else gettext("通知")),
            Phrase("value", param_words(self.params[0], params, record_type)),
            Phrase("op", gettext("：")),
            Phrase("value", param_words(self.params[1], params, record_type).partition("\n")[0]),
        ]

    def prepare(self, step: Step, targets: Sequence[Target]) -> list[Notice]:
        addressed = self._addressed(step, targets)
        languages = languages_of(addressed.keys())
        notices: list[Notice] = []
        for user_id, rows in addressed.items():
            notices += _notices_for(step, user_id, rows, languages.get(user_id, "zh-hans"))
        return notices

    def perform(self, step: Step, targets: Sequence[Target]) -> None:
        notices = self.prepare(step, targets) if step.prepared is None else step.prepared
        if notices:
            notify(notices, actor=targets[0].actor)

    def foresee(self, step: Step, targets: Sequence[Target]) -> None:
        for user_id, rows in self._addressed(step, targets).items():
            reader = user_actor(user_id)
            for target, away_id in rows:
                if may_see(step.record_type, target.record, reader):
                    _note(target.did, user_id, away_id)
                else:
                    target.did.setdefault("hidden", []).append(user_id)

    def told(self, facts: Mapping[str, Any], record_type: RecordType) -> str:
        parts = []
        if names := [person_name(int(pk)) for pk in facts.get("to", [])]:
            parts.append(gettext("通知%(who)s") % {"who": gettext("、").join(names)})
        for away, stand_in in facts.get("stand_in", {}).items():
            parts.append(
                gettext("%(away)s不在，由%(stand_in)s代为处理")
                % {"away": person_name(int(away)), "stand_in": person_name(int(stand_in))}
            )
        if names := [person_name(int(pk)) for pk in facts.get("hidden", [])]:
            parts.append(gettext("%(who)s无权查看这条记录，没有通知") % {"who": gettext("、").join(names)})
        return gettext("；").join(parts) or gettext("没有可以通知的人")

    def _addressed(self, step: Step, targets: Sequence[Target]) -> dict[int, list[tuple[Target, int | None]]]:
        """Who is told about which records; (target, whom they stand in for)."""
        result: dict[int, list[tuple[Target, int | None]]] = defaultdict(list)
        for target in targets:
            people = find_people(step.params["to"], target, step.record_type)
            target.did = {"to": []}
            for user_id, away_id in present_people(people):
                result[user_id].append((target, away_id))
        return result


def group_of(rule_id: int, number: int) -> str:
    """What the lines of one step of a rule are folded under."""
    return f"rule:{rule_id}:{number}"


def _notices_for(step: Step, user_id: int, rows: Sequence[tuple[Target, int | None]], language: str) -> list[Notice]:
    reader = user_actor(user_id)
    fold_after = integer_figure("automation.fold_after")
    # A rule that reaches many does so in many transactions; lines of theirs this close together are told as one.
    fold_within = timedelta(minutes=integer_figure("automation.fold_minutes"))
    notices = []
    with translation.override(language):
        rule_label = rule_words(str(step.rule_id), step.rule_label)
        filler = Filler(step.record_type, reader, rule_label)
        group_title = gettext("%(rule)s：%%(count)s 条") % {"rule": rule_label.replace("%", "%%")}
        for target, away_id in rows:
            if not may_see(step.record_type, target.record, reader):
                target.did.setdefault("hidden", []).append(user_id)
                continue
            who = actor_words(target.event) if target.event else ""
            title, why = filler.title_and_body(step.params["text"], target.record, who)
            if away_id is not None:
                why = gettext("代%(name)s处理。") % {"name": person_name(away_id)} + why
            url = f"/{step.record_type.slug}/{target.record.pk}/"
            notices.append(
                Notice(
                    kind=str(step.params.get("kind") or "reminder"),
                    user_id=user_id,
                    title=title,
                    why=why[:500],
                    url=url,
                    about=About(step.record_type.key, target.record.pk, filler.fill("{record}", target.record)),
                    urgency=str(step.params.get("urgency") or "normal"),
                    group_key=group_of(step.rule_id, step.number),
                    group_title=group_title,
                    group_url=f"/{step.record_type.slug}/",
                    fold_after=fold_after,
                    fold_within=fold_within,
                    once_key=f"run:{target.run_id}:{step.number}" if target.run_id else "",
                    rule_ref=step.rule_ref,
                )
            )
            _note(target.did, user_id, away_id)
    return notices


def _note(did: Facts, user_id: int, away_id: int | None) -> None:
    did.setdefault("to", []).append(user_id)
    if away_id is not None:
        did.setdefault("stand_in", {})[str(away_id)] = user_id


register_action(Notify())
