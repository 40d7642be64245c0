"""What rules can do to customers alone: have a record verified again (CUS-11)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.automation.actions.base import Action, Effects, Param, Step, Target, register_action
from kezhi.automation.parameters import param_words
from kezhi.automation.texts import Filler, masked
from kezhi.core.conditions import Phrase
from kezhi.customers.models import Customer
from kezhi.records.behaviour import Draft
from kezhi.records.operations.writing import store_changes
from kezhi.records.registry import RecordType
from kezhi.work.notices import languages_of


class Recheck(Action):
    """Mark customers as to be verified; those that are already stay as they are."""

    key = "recheck_customer"
    label = _("标为待核实")
    icon = "refresh"
    order = 24
    params = (Param("reason", _("要核实什么"), "words", help=_("按负责人的语言写进审核意见。")),)

    def applies_to(self, record_type: RecordType) -> bool:
        return record_type.model is Customer

    def phrases(self, params: Mapping[str, Any], record_type: RecordType) -> list[Phrase]:
        return [
            Phrase("op", gettext("标为待核实：")),
            Phrase("value", param_words(self.params[0], params, record_type).partition("\n")[0]),
        ]

    def perform(self, step: Step, targets: Sequence[Target]) -> None:
        by = {target.record.pk: target.actor for target in targets}
        rows = Customer.objects.ungated("re-check").filter(pk__in=by).exclude(review=Customer.Review.DOUBTFUL)
        drafts = []
        for customer in rows.order_by("pk").select_for_update(of=("self",)):
            before = {"review": customer.review}
            customer.review = Customer.Review.DOUBTFUL
            after = {"review": customer.review}
            drafts.append(Draft(customer, before, after, by[customer.pk], is_new=False, facts={"recheck": True}))
        done = {draft.record.pk for draft in drafts}
        if drafts:
            store_changes(step.record_type, drafts, actor=targets[0].actor)
            # Storing a change may ask for a review of it (figure "all"); this change is about the review itself.
            for reason, ids in _reasons(step, drafts).items():
                Customer.objects.ungated("re-check").filter(pk__in=ids).update(
                    review=Customer.Review.DOUBTFUL, review_note=reason
                )
        for target in targets:
            target.did = {"changed": target.record.pk in done}

    def foresee(self, step: Step, targets: Sequence[Target]) -> None:
        for target in targets:
            target.did = {"changed": target.record.review != Customer.Review.DOUBTFUL}

    def told(self, facts: Mapping[str, Any], record_type: RecordType) -> str:
        return gettext("标为待核实") if facts.get("changed") else gettext("已经是待核实")

    def effects(self, params: Mapping[str, Any], record_type: RecordType) -> Effects:
        return Effects(changes=frozenset({(record_type.key, "review")}))


def _reasons(step: Step, drafts: Sequence[Draft]) -> dict[str, list[int]]:
    """What is to be verified about which customers, each in its owner's language; without an owner in Chinese."""
    owners = {draft.record.owner_id for draft in drafts if draft.record.owner_id}
    languages = languages_of(owners)
    fillers: dict[str, Filler] = {}
    found: dict[str, list[int]] = defaultdict(list)
    for draft in drafts:
        language = languages.get(draft.record.owner_id, "zh-hans")
        with translation.override(language):
            if language not in fillers:
                fillers[language] = Filler(step.record_type, draft.actor, step.rule_label, outside=masked)
            reason, _more = fillers[language].title_and_body(step.params["reason"], draft.record)
        found[reason].append(draft.record.pk)
    return found


register_action(Recheck())
