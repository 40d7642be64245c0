"""What rules can do to leads alone: wake those that were put away (LEAD-5)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.automation.actions.base import Action, Effects, Step, Target, register_action
from kezhi.core.conditions import Phrase
from kezhi.records.registry import RecordType
from kezhi.sales.models import Lead
from kezhi.sales.operations.leads import wake_leads


class WakeLead(Action):
    """Bring leads back as new ones; those nobody put away stay as they are."""

    key = "wake_lead"
    label = _("唤醒线索")
    icon = "play"
    order = 24

    def applies_to(self, record_type: RecordType) -> bool:
        return record_type.model is Lead

    def phrases(self, params: Mapping[str, Any], record_type: RecordType) -> list[Phrase]:
        return [Phrase("op", str(self.label))]

    def perform(self, step: Step, targets: Sequence[Target]) -> None:
        woken = wake_leads({target.record.pk: target.actor for target in targets}, actor=targets[0].actor)
        for target in targets:
            target.did = {"changed": target.record.pk in woken}

    def foresee(self, step: Step, targets: Sequence[Target]) -> None:
        for target in targets:
            target.did = {"changed": target.record.state == Lead.State.RECYCLED}

    def told(self, facts: Mapping[str, Any], record_type: RecordType) -> str:
        return gettext("唤醒了线索") if facts.get("changed") else gettext("不是待唤醒的线索")

    def effects(self, params: Mapping[str, Any], record_type: RecordType) -> Effects:
        return Effects(changes=frozenset({("lead", "state")}), events=frozenset({"lead.woken"}))


register_action(WakeLead())
