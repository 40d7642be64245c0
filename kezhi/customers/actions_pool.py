"""What rules can do to customers nobody cares for: return them to the pool (CUS-15)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.automation.actions.base import Action, Effects, Param, Step, Target, register_action
from kezhi.automation.parameters import param_words
from kezhi.core.clock import today
from kezhi.core.conditions import Phrase
from kezhi.customers.models import Customer
from kezhi.customers.operations.pool import pool_reasons, put_into_pool
from kezhi.records.registry import RecordType


class ReleaseToPool(Action):
    """Return customers to the pool with a reason; those without an owner or still protected stay as they are."""

    key = "release_to_pool"
    label = _("放回公海")
    icon = "inbox"
    order = 23
    params = (
        Param("reason", _("原因"), "choice", options=lambda: [(each.value, each.label) for each in pool_reasons()]),
    )

    def applies_to(self, record_type: RecordType) -> bool:
        return record_type.model is Customer

    def phrases(self, params: Mapping[str, Any], record_type: RecordType) -> list[Phrase]:
        return [
            Phrase("op", gettext("放回公海，原因：")),
            Phrase("value", param_words(self.params[0], params, record_type)),
        ]

    def perform(self, step: Step, targets: Sequence[Target]) -> None:
        by = {target.record.pk: target.actor for target in targets}
        rows = Customer.objects.ungated("rules").filter(pk__in=by, deleted_at__isnull=True)
        locked = list(rows.order_by("pk").select_for_update(of=("self",)))
        ready = [customer for customer in locked if not _kept(customer)]
        kept = {customer.pk: _kept(customer) for customer in locked}
        done = set(put_into_pool(ready, str(step.params["reason"])[:200], by=by))
        for target in targets:
            pk = target.record.pk
            target.did = {"released": pk in done, "kept": "" if pk in done else kept.get(pk, "gone")}

    def foresee(self, step: Step, targets: Sequence[Target]) -> None:
        for target in targets:
            kept = _kept(target.record)
            target.did = {"released": not kept, "kept": kept}

    def told(self, facts: Mapping[str, Any], record_type: RecordType) -> str:
        if facts.get("released"):
            return gettext("放回公海")
        return (
            gettext("还在保护期内，没有放回") if facts.get("kept") == "protected" else gettext("没有负责人，不用放回")
        )

    def effects(self, params: Mapping[str, Any], record_type: RecordType) -> Effects:
        changed = frozenset((record_type.key, key) for key in ("owner", "pool_since", "pool_reason", "last_owner"))
        return Effects(changes=changed, events=frozenset({"customer.released"}))


def _kept(customer: Customer) -> str:
    """Why a rule leaves a customer where it is; "" if it does not."""
    if customer.owner_id is None:
        return "unowned"
    if customer.protected_until is not None and customer.protected_until >= today():
        return "protected"
    return ""


register_action(ReleaseToPool())
