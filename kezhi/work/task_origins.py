"""Where tasks come from, in words: a follow-up's next action, a rule, and what other apps register."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from kezhi.records.lists import Choices, FixedItem

_origins: dict[str, FixedItem] = {}


def register_task_origin(key: str, label: str | Promise) -> str:
    """Name an origin of tasks, so that conditions and lists can speak of it; gives the key."""
    with override("zh-hans"):
        chinese = str(label)
    with override("en"):
        english = str(label)
    _origins[key] = FixedItem(key, chinese, english, text=label)
    return key


def task_origins() -> Choices:
    """The origins there are."""
    return Choices(_origins.values())


RULE = register_task_origin("rule", _("规则"))
FOLLOW_UP = register_task_origin("follow_up", _("跟进里约定的下一步"))
VERIFICATION = register_task_origin("verification", _("核实资料"))
