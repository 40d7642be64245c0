"""What events of sales say, in the words of rules' sentences."""

from collections.abc import Callable, Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.automation.sentences import register_fact_words
from kezhi.records.registry import record_type
from kezhi.sales.entry_conditions import stage_label

Text = str | Promise


def _among(words: Mapping[str, Text]) -> Callable[[str], Text]:
    return lambda value: words.get(value, value)


def _order_state(value: str) -> str:
    field = record_type("order").field("state")
    return field.text(value) if field is not None else value


_MOVED: dict[str, Text] = {"work": _("日常移动"), "import": _("导入"), "settings": _("改销售流程")}
_ASSIGNED: dict[str, Text] = {
    "hand": _("人工指派"),
    "rule": _("按规则分配"),
    "fallback": _("没有人可接，给了备用的人"),
    "self": _("自己认领"),
}

register_fact_words("opportunity.stage_entered", "stage", _("阶段是"), stage_label)
register_fact_words("opportunity.stage_entered", "how", _("方式是"), _among(_MOVED))
register_fact_words("lead.assigned", "how", _("方式是"), _among(_ASSIGNED))
register_fact_words("order.progressed", "state", _("进展是"), _order_state)
