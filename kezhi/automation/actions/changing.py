"""Changing the record itself: a field, its tags."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.automation.actions.base import Action, ActionFailed, Effects, Param, Step, Target, register_action
from kezhi.automation.parameters import param_words, value_words
from kezhi.automation.texts import Filler, masked
from kezhi.core.conditions import Phrase
from kezhi.records.fields import Field
from kezhi.records.operations.writing import draft_changes, store_changes
from kezhi.records.registry import RecordType


def change_targets(
    step: Step,
    targets: Sequence[Target],
    values: Sequence[Mapping[str, Any]],
    facts: Sequence[Mapping[str, Any]] = (),
) -> set[int]:
    """Give each target's record its values, as one act, each event under its own cause; ids of those that changed.

    ``facts`` go to the events, one for each target.

    Raises:
        ActionFailed: a value is refused, with the field and the sentence.
    """
    record_type = step.record_type
    ids = [target.record.pk for target in targets]
    locked = record_type.model.objects.ungated("rules").filter(pk__in=ids).select_related(*record_type.related_load)
    records = {record.pk: record for record in locked.order_by("pk").select_for_update(of=("self",))}
    rows = [(records[target.record.pk], row) for target, row in zip(targets, values, strict=True)]
    drafts = draft_changes(record_type, rows, actor=targets[0].actor)
    for place, (target, draft) in enumerate(zip(targets, drafts, strict=True)):
        draft.actor = target.actor
        draft.facts.update(facts[place] if facts else {})
        for key, sentence in draft.problems.items():
            known = record_type.field(key)
            raise ActionFailed(
                _("%(field)s：%(problem)s") % {"field": known.label if known else key, "problem": sentence}
            )
    store_changes(record_type, drafts, actor=targets[0].actor)
    return {draft.record.pk for draft in drafts if draft.after}


class SetField(Action):
    """Give a field a value; one that has it already is left alone."""

    key = "set_field"
    label = _("修改字段")
    icon = "edit"
    order = 20
    params = (
        Param("field", _("字段"), "field"),
        Param("value", _("改为"), "value", required=False, of="field", help=_("留空表示清空。")),
    )

    def phrases(self, params: Mapping[str, Any], record_type: RecordType) -> list[Phrase]:
        return [
            Phrase("op", gettext("把")),
            Phrase("field", param_words(self.params[0], params, record_type)),
            Phrase("op", gettext("改为") if params.get("value") not in (None, "", []) else gettext("清空")),
            *(
                [Phrase("value", param_words(self.params[1], params, record_type))]
                if params.get("value") not in (None, "", [])
                else []
            ),
        ]

    def perform(self, step: Step, targets: Sequence[Target]) -> None:
        key = str(step.params["field"])
        values = [{key: self._value(step, target)} for target in targets]
        changed = change_targets(step, targets, values)
        for target, row in zip(targets, values, strict=True):
            target.did = {"field": key, "value": row[key], "changed": target.record.pk in changed}

    def foresee(self, step: Step, targets: Sequence[Target]) -> None:
        key = str(step.params["field"])
        known = self._field(step)
        for target in targets:
            value = self._value(step, target)
            text = value_words(known, value) if value is not None else ""
            changed = known.text(known.get(target.record)) != text
            target.did = {"field": key, "value": value, "changed": changed}

    def told(self, facts: Mapping[str, Any], record_type: RecordType) -> str:
        known = record_type.field(str(facts.get("field", "")))
        if known is None:
            return gettext("改了一个已删除的字段")
        if not facts.get("changed"):
            return gettext("%(field)s已经是这个值") % {"field": known.label}
        value = facts.get("value")
        if known.personal:
            return gettext("改了%(field)s") % {"field": known.label}
        shown = value_words(known, value) if value not in (None, "") else gettext("空")
        return gettext("把%(field)s改为%(value)s") % {"field": known.label, "value": shown}

    def effects(self, params: Mapping[str, Any], record_type: RecordType) -> Effects:
        return Effects(changes=frozenset({(record_type.key, str(params.get("field", "")))}))

    def _field(self, step: Step) -> Field:
        known = step.record_type.field(str(step.params["field"]))
        if known is None:
            raise ActionFailed(_("要修改的字段已被删除"))
        return known

    def _value(self, step: Step, target: Target) -> Any:
        value = step.params.get("value")
        self._field(step)
        if isinstance(value, str) and "{" in value:
            return Filler(step.record_type, target.actor, step.rule_label, outside=masked).fill(value, target.record)
        return value


class _Tags(Action):
    """Common to adding and removing tags."""

    params = (Param("tags", _("标签"), "tags"),)

    def applies_to(self, record_type: RecordType) -> bool:
        return record_type.field("tags") is not None

    def phrases(self, params: Mapping[str, Any], record_type: RecordType) -> list[Phrase]:
        return [Phrase("op", str(self.label)), Phrase("value", param_words(self.params[0], params, record_type))]

    def perform(self, step: Step, targets: Sequence[Target]) -> None:
        wanted = [self._with(target, step.params["tags"]) for target in targets]
        changed = change_targets(step, targets, [{"tags": tags} for tags in wanted])
        for target in targets:
            target.did = {"tags": step.params["tags"], "changed": target.record.pk in changed}

    def foresee(self, step: Step, targets: Sequence[Target]) -> None:
        for target in targets:
            present = [str(tag) for tag in target.record.tag_ids]
            changed = set(present) != set(self._with(target, step.params["tags"]))
            target.did = {"tags": step.params["tags"], "changed": changed}

    def told(self, facts: Mapping[str, Any], record_type: RecordType) -> str:
        known = record_type.field("tags")
        names = known.text(tuple(str(tag) for tag in facts.get("tags", ()))) if known else ""
        if not facts.get("changed"):
            return gettext("标签没有变化")
        return gettext("%(act)s %(tags)s") % {"act": self.label, "tags": names}

    def effects(self, params: Mapping[str, Any], record_type: RecordType) -> Effects:
        return Effects(changes=frozenset({(record_type.key, "tags")}))

    def _with(self, target: Target, tags: Sequence[str]) -> list[str]:
        raise NotImplementedError


class AddTags(_Tags):
    """Add tags to the record."""

    key = "add_tags"
    label = _("加标签")
    icon = "tag"
    order = 22

    def _with(self, target: Target, tags: Sequence[str]) -> list[str]:
        return list(dict.fromkeys([*(str(tag) for tag in target.record.tag_ids), *tags]))


class RemoveTags(_Tags):
    """Take tags off the record."""

    key = "remove_tags"
    label = _("去掉标签")
    icon = "tag"
    order = 23

    def _with(self, target: Target, tags: Sequence[str]) -> list[str]:
        return [str(tag) for tag in target.record.tag_ids if str(tag) not in tags]


register_action(SetField())
register_action(AddTags())
register_action(RemoveTags())
