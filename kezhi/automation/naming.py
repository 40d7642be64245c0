"""What rules are called where they acted, for readers of English."""

from kezhi.automation.models import Rule
from kezhi.automation.texts import EPOCH
from kezhi.core import epochs
from kezhi.records.actor_names import register_rule_names


def _english(rule_id: int) -> str:
    names: dict[int, str] = epochs.cached(EPOCH, "english", lambda: dict(Rule.objects.values_list("pk", "name_en")))
    return names.get(rule_id, "")


register_rule_names(_english)
