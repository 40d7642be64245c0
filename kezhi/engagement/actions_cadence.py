"""What rules can do to cadence: contact denser for a time, let a customer rest, or as planned again (FUP-5)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.automation.actions.base import Action, Effects, Param, Step, Target, register_action
from kezhi.automation.parameters import param_words
from kezhi.core.conditions import Phrase
from kezhi.engagement.cadence import EAGER, RESTING
from kezhi.engagement.moods import set_moods
from kezhi.records.registry import RecordType

_NORMAL = "normal"
_MOODS: tuple[tuple[str, str | Promise], ...] = (
    (EAGER, _("加密一段时间")),
    (RESTING, _("停一段时间再评估")),
    (_NORMAL, _("恢复按计划")),
)


class ChangeCadence(Action):
    """Change how often the customer of a record is contacted; for how long is a figure."""

    key = "change_cadence"
    label = _("调整联系节奏")
    icon = "refresh"
    order = 29
    params = (Param("mood", _("怎样联系"), "choice", options=lambda: _MOODS, default=EAGER),)

    def applies_to(self, record_type: RecordType) -> bool:
        return record_type.key == "customer" or "customer_id" in {each.attribute for each in record_type.fields}

    def phrases(self, params: Mapping[str, Any], record_type: RecordType) -> list[Phrase]:
        return [
            Phrase("op", gettext("联系节奏：")),
            Phrase("value", param_words(self.params[0], params, record_type)),
        ]

    def perform(self, step: Step, targets: Sequence[Target]) -> None:
        mood = self._mood(step)
        ids = {target.record.pk: _customer_id(target) for target in targets}
        set_moods({pk: mood for pk in ids.values() if pk})
        for target in targets:
            target.did = {"mood": str(step.params["mood"]) if ids[target.record.pk] else ""}

    def foresee(self, step: Step, targets: Sequence[Target]) -> None:
        for target in targets:
            target.did = {"mood": str(step.params["mood"]) if _customer_id(target) else ""}

    def told(self, facts: Mapping[str, Any], record_type: RecordType) -> str:
        words = dict(_MOODS).get(str(facts.get("mood", "")))
        return gettext("联系节奏：%(mood)s") % {"mood": words} if words else gettext("没有客户，没有改联系节奏")

    def effects(self, params: Mapping[str, Any], record_type: RecordType) -> Effects:
        return Effects(changes=frozenset({("customer", "cadence_next_on")}))

    @staticmethod
    def _mood(step: Step) -> str:
        mood = str(step.params["mood"])
        return "" if mood == _NORMAL else mood


def _customer_id(target: Target) -> int | None:
    """The record itself where it is a customer, else the one it belongs to."""
    found = getattr(target.record, "customer_id", target.record.pk)
    return int(found) if found else None


register_action(ChangeCadence())
