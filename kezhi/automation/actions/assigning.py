"""Giving a record to somebody: by cases, in turn, by load, with stand-in and a named fallback (LEAD-3)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Count
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.access.directory import person_name
from kezhi.access.rights import organisation, stand_ins
from kezhi.automation.actions.base import Action, ActionFailed, Effects, Param, Step, Target, register_action
from kezhi.automation.actions.changing import change_targets
from kezhi.automation.cases import case_tests
from kezhi.automation.models import Turn
from kezhi.automation.parameters import case_words, param_words
from kezhi.automation.people import find_people
from kezhi.core.conditions import Phrase
from kezhi.records.registry import RecordType
from kezhi.work.notices_storing import who_is_there

_WAYS = (
    ("turn", _("轮流")),
    ("load", _("给手上最少的人")),
    ("skill", _("给最擅长的人，一样擅长时给手上最少的")),
    ("first", _("给名单里第一个在岗的人")),
)


class Assign(Action):
    """Choose an owner and say why this one (LEAD-3).

    The first case whose condition holds names the candidates, else ``to``; among those at work one is taken in turn,
    by load or by order. Somebody away gives way to another candidate, and if all are away to the stand-in of the first;
    nobody at all: ``fallback``.
    """

    key = "assign"
    label = _("分配负责人")
    icon = "user"
    order = 15
    params = (
        Param("cases", _("按条件分给"), "cases", required=False, help=_("从上往下，第一条符合的生效。")),
        Param("to", _("其余分给"), "people", required=False),
        Param("way", _("在几个人里怎么选"), "choice", options=lambda: _WAYS, default="turn"),
        Param("fallback", _("没有人可分时给"), "people", default=["administrators"]),
        Param("only_unowned", _("只分配还没有负责人的"), "yesno", required=False),
    )

    def applies_to(self, record_type: RecordType) -> bool:
        return record_type.owner_path == "owner_id" and "owner" in record_type.all_fields()

    def phrases(self, params: Mapping[str, Any], record_type: RecordType) -> list[Phrase]:
        words = [Phrase("op", gettext("分配负责人"))]
        if cases := param_words(self.params[0], params, record_type):
            words += [Phrase("op", gettext("：")), Phrase("value", cases)]
        if people := param_words(self.params[1], params, record_type):
            words += [Phrase("op", gettext("，其余给") if cases else gettext("给")), Phrase("value", people)]
        words += [Phrase("op", gettext("，")), Phrase("value", param_words(self.params[2], params, record_type))]
        words += [
            Phrase("op", gettext("；没有人可分时给")),
            Phrase("value", param_words(self.params[3], params, record_type)),
        ]
        return words

    def perform(self, step: Step, targets: Sequence[Target]) -> None:
        # Somebody may have taken one by hand since the rule began: looked at again, and locked.
        rows = step.record_type.model.objects.ungated("rules").filter(pk__in=[target.record.pk for target in targets])
        owners = dict(rows.order_by("pk").select_for_update(of=("self",)).values_list("pk", "owner_id"))
        for target in targets:
            target.record.owner_id = owners.get(target.record.pk, target.record.owner_id)
        chosen = self._choose(step, targets, keep_turn=True)
        wanted = [target for target in targets if chosen[target.record.pk][0] is not None]
        for target in targets:
            owner, why = chosen[target.record.pk]
            target.did = {"owner": owner, "why": why}
            if owner is None and why != "owned":
                raise ActionFailed(_("没有人可以分配，兜底的人也不在"))
        if wanted:
            words = _Words(step)
            facts = [{"assigned": words.of(chosen[target.record.pk][1])} for target in wanted]
            change_targets(step, wanted, [{"owner": str(chosen[target.record.pk][0])} for target in wanted], facts)

    def foresee(self, step: Step, targets: Sequence[Target]) -> None:
        for pk, (owner, why) in self._choose(step, targets, keep_turn=False).items():
            for target in targets:
                if target.record.pk == pk:
                    target.did = {"owner": owner, "why": why}

    def told(self, facts: Mapping[str, Any], record_type: RecordType) -> str:
        why = str(facts.get("why", ""))
        owner = facts.get("owner")
        if owner is None:
            return gettext("已有负责人，没有改") if why == "owned" else gettext("没有人可以分配")
        words = {
            "who": person_name(int(owner)),
            "why": gettext("，").join(_why(part) for part in why.split(",") if part),
        }
        return gettext("分配给%(who)s（%(why)s）") % words

    def effects(self, params: Mapping[str, Any], record_type: RecordType) -> Effects:
        return Effects(changes=frozenset({(record_type.key, "owner")}))

    def _choose(self, step: Step, targets: Sequence[Target], *, keep_turn: bool) -> dict[int, tuple[int | None, str]]:
        """Record id → (owner, why as keys); None for nobody, "owned" for those left alone."""
        cases = step.params.get("cases") or []
        held = case_tests(cases, [target.record.pk for target in targets], step.record_type)
        away = stand_ins()
        loads = self._loads(step.record_type)
        turns = _Turns(step, keep=keep_turn)
        suits = (
            step.record_type.behaviour.suits([target.record for target in targets])
            if step.params.get("way") == "skill"
            else {}
        )
        result: dict[int, tuple[int | None, str]] = {}
        for target in targets:
            pk = target.record.pk
            if step.params.get("only_unowned") and target.record.owner_id:
                result[pk] = (None, "owned")
                continue
            case = next((number for number, ids in enumerate(held) if pk in ids), None)
            tokens = cases[case]["to"] if case is not None else step.params.get("to") or []
            why = [f"case:{case + 1}"] if case is not None else ["rest"] if cases else []
            people = find_people(tokens, target, step.record_type)
            present = [user_id for user_id in people if user_id not in away]
            if not present and people:
                stand_in = who_is_there(people[0], away)
                if stand_in in organisation().active_ids:
                    present = [stand_in]
                    why.append(f"stand_in:{people[0]}")
            if not present:
                present = find_people(step.params.get("fallback") or [], target, step.record_type)[:1]
                why.append("fallback")
            if not present:
                result[pk] = (None, "nobody")
                continue
            way = str(step.params.get("way") or "turn")
            if way == "skill" and len(present) > 1:
                fits = {user_id: suits.get(pk, {}).get(user_id, 0) for user_id in present}
                best = max(fits.values())
                present = [user_id for user_id in present if fits[user_id] == best]
                why += [f"skill:{best}"] if best else []
            if way in ("load", "skill") and len(present) > 1:
                owner = min(present, key=lambda user_id: (loads[user_id], present.index(user_id)))
                why.append(f"load:{loads[owner]}")
            elif way == "turn" and len(present) > 1:
                owner = turns.next(case if case is not None else -1, present)
                why.append("turn")
            else:
                owner = present[0]
            loads[owner] += 1
            result[pk] = (owner, ",".join(why))
        turns.store()
        return result

    @staticmethod
    def _loads(record_type: RecordType) -> Counter[int]:
        """How many records in hand everybody has; one query."""
        rows = record_type.model.objects.ungated("rules").filter(deleted_at__isnull=True, owner__isnull=False)
        rows = rows.filter(record_type.behaviour.in_hand())
        return Counter(dict(rows.order_by().values_list("owner_id").annotate(held=Count("pk"))))


class _Turns:
    """Whose turn it is, per rule and case; the row is locked, so two workers never give the same turn twice."""

    def __init__(self, step: Step, *, keep: bool) -> None:
        self._step = step
        self._keep = keep
        self._last: dict[int, int] = {}

    def next(self, case: int, people: Sequence[int]) -> int:
        if case not in self._last:
            rows = Turn.objects.filter(rule_id=self._step.rule_id, step=self._step.number, case=case)
            row = rows.select_for_update().first() if self._keep else rows.first()
            self._last[case] = row.last_id if row else 0
        ordered = sorted(people)
        chosen = next((user_id for user_id in ordered if user_id > self._last[case]), ordered[0])
        self._last[case] = chosen
        return chosen

    def store(self) -> None:
        if not self._keep:
            return
        for case, last_id in self._last.items():
            Turn.objects.update_or_create(
                rule_id=self._step.rule_id, step=self._step.number, case=case, defaults={"last_id": last_id}
            )


class _Words:
    """Why somebody was chosen, in both languages, as the record keeps it; the condition of the case is spelled out."""

    def __init__(self, step: Step) -> None:
        self._step = step
        self._known: dict[str, dict[str, str]] = {}

    def of(self, why: str) -> dict[str, str]:
        """``keys`` as they are, ``zh`` and ``en`` in words, and the rule with its version."""
        if why not in self._known:
            words = {"keys": why, "rule": self._step.rule_ref}
            for language, short in (("zh-hans", "zh"), ("en", "en")):
                with translation.override(language):
                    parts = [self._part(part) for part in why.split(",") if part]
                    words[short] = gettext("；").join(parts) or gettext("名单里只有这一位")
            self._known[why] = words
        return self._known[why]

    def _part(self, part: str) -> str:
        key, _colon, rest = part.partition(":")
        cases = self._step.params.get("cases") or []
        if key != "case" or not rest.isdecimal() or not 0 < int(rest) <= len(cases):
            return _why(part)
        return gettext("符合“%(case)s”") % {"case": case_words(cases[int(rest) - 1], self._step.record_type)}


def _why(part: str) -> str:
    key, _colon, rest = part.partition(":")
    match key:
        case "case":
            return gettext("符合第 %(number)s 条") % {"number": rest}
        case "rest":
            return gettext("不符合任何一条")
        case "turn":
            return gettext("轮流")
        case "skill":
            return gettext("最擅长，%(count)s 项对得上") % {"count": rest}
        case "load":
            return gettext("手上最少，%(count)s 个") % {"count": rest}
        case "stand_in":
            return gettext("%(name)s不在，由替班人接") % {"name": person_name(int(rest))}
        case "fallback":
            return gettext("没有别的人可分，按兜底")
    return part


register_action(Assign())
