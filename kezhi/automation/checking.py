"""Conflicts and loops between rules, found when a rule is saved (AUTO-4), and what would leave the house (AUTO-9)."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import get_language, gettext

from kezhi.automation.catalogue import LiveRule, live_rules
from kezhi.automation.definition import Definition
from kezhi.records import kinds


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to know before publishing. ``kind``: loop, conflict, twice, outside, ok. ``rules``: ids of others."""

    kind: str
    message: str
    rules: tuple[int, ...] = ()

    @property
    def is_warning(self) -> bool:
        """Whether it speaks against publishing."""
        return self.kind != "ok"


def check_rule(definition: Definition, rule_id: int | None = None) -> list[Finding]:
    """What a rule would do to and with the other rules that are on."""
    others = [known for known in live_rules().by_id.values() if known.id != rule_id]
    found = [*_loops(definition, rule_id, others), *_conflicts(definition, others), *_outside(definition)]
    if not any(finding.kind == "loop" for finding in found):
        found.append(Finding("ok", gettext("没有循环触发")))
    if not any(finding.kind in ("conflict", "twice") for finding in found):
        found.append(Finding("ok", gettext("没有与别的规则冲突")))
    if not definition.effects().sends:
        found.append(Finding("ok", gettext("不向外发送任何信息")))
    return found


def starts(definition: Definition, other: Definition) -> bool:
    """Whether what one rule does can start the other."""
    effects, trigger, about = definition.effects(), other.trigger, other.record_type.key
    if trigger.people:
        return False
    if kinds.CREATED.key in trigger.event_kinds and about in effects.creates:
        return True
    if kinds.CHANGED.key in trigger.event_kinds:
        fields = {field for record_type, field in effects.changes if record_type == about} - set(trigger.besides)
        return bool(fields) and (not trigger.fields or "*" in fields or bool(fields & set(trigger.fields)))
    return bool(effects.events & set(trigger.event_kinds)) and about == definition.record_type.key


def _loops(definition: Definition, rule_id: int | None, others: list[LiveRule]) -> Iterator[Finding]:
    if starts(definition, definition):
        yield Finding("loop", gettext("这条规则的动作会再次触发它自己；运行时会停下，但请检查条件。"))
    for path in _paths_back(definition, others):
        names = gettext(" → ").join(_name(rule) for rule in path)
        yield Finding(
            "loop",
            gettext("会引发循环：这条规则 → %(rules)s → 这条规则。运行时会停下，但请检查条件。") % {"rules": names},
            tuple(rule.id for rule in path),
        )
    for other in others:
        if starts(definition, other.definition) and not starts(other.definition, definition):
            yield Finding("twice", gettext("会再触发规则“%(rule)s”。") % {"rule": _name(other)}, (other.id,))


def _paths_back(definition: Definition, others: list[LiveRule]) -> Iterator[list[LiveRule]]:
    """Shortest ways over other rules back to this one, one per first rule."""
    for first in others:
        if not starts(definition, first.definition):
            continue
        seen, queue = {first.id}, [[first]]
        while queue:
            path = queue.pop(0)
            if starts(path[-1].definition, definition):
                yield path
                break
            for following in others:
                if following.id not in seen and starts(path[-1].definition, following.definition):
                    seen.add(following.id)
                    queue.append([*path, following])


def _conflicts(definition: Definition, others: list[LiveRule]) -> Iterator[Finding]:
    """Two rules of one trigger that set the same field: which of them wins is a matter of order."""
    mine = definition.effects().changes
    trigger = definition.trigger
    for other in others:
        theirs = other.definition
        same = theirs.record_type.key == definition.record_type.key
        same = same and theirs.trigger.event_kinds == trigger.event_kinds
        if not same or theirs.trigger.on != trigger.on:
            continue
        shared = {field for key, field in mine & theirs.effects().changes if key == definition.record_type.key}
        shared -= {"tags"}
        if shared:
            labels = [
                str(known.label) if (known := definition.record_type.field(key)) else key for key in sorted(shared)
            ]
            yield Finding(
                "conflict",
                gettext("与“%(rule)s”都会改%(fields)s，同一条记录上后执行的那条生效。")
                % {"rule": _name(other), "fields": gettext("、").join(labels)},
                (other.id,),
            )
        elif _tells_the_same(definition, theirs) and theirs.trigger == trigger:
            yield Finding(
                "twice", gettext("与“%(rule)s”会为同一条记录各通知一次。") % {"rule": _name(other)}, (other.id,)
            )


def _tells_the_same(one: Definition, other: Definition) -> bool:
    def told(definition: Definition) -> set[str]:
        return {token for step in definition.actions() if step.action.key == "notify" for token in step.params["to"]}

    return bool(told(one) & told(other))


def _outside(definition: Definition) -> Iterator[Finding]:
    for destination in sorted(definition.effects().sends):
        yield Finding("outside", gettext("会向外发送信息：%(where)s") % {"where": destination})


def _name(rule: LiveRule) -> str:
    return rule.label_en if rule.label_en and (get_language() or "").startswith("en") else rule.label_zh
