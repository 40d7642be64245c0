"""Where sales stands in the rail and in the ＋ menu."""

from collections.abc import Callable
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kezhi.ui.navigation import CreateItem, NavItem, register_create, register_nav


def _may(action: str, subject: str) -> Callable[[Any], bool]:
    return lambda actor: actor is not None and actor.allows(subject, action)


def _place(key: str, label: str | Promise, icon: str, address: str, order: int, *, minor: bool = True) -> None:
    register_nav(NavItem(address, label, icon, f"/{address}/", order, allowed=_may("view", key), minor=minor))


_place("lead", pgettext_lazy("plural", "线索"), "lead", "leads", 24, minor=False)
_place("opportunity", pgettext_lazy("plural", "商机"), "opportunity", "opportunities", 28, minor=False)
_place("quote", pgettext_lazy("plural", "报价"), "file", "quotes", 32)
_place("contract", pgettext_lazy("plural", "合同"), "stamp", "contracts", 33, minor=False)
_place("payment", pgettext_lazy("plural", "回款"), "money", "payments", 34)
_place("order", pgettext_lazy("plural", "订单"), "rows", "orders", 35)
_place("product", pgettext_lazy("plural", "产品"), "tag", "products", 36)
_place("lead_source", pgettext_lazy("plural", "线索来源"), "globe", "lead-sources", 37)

for key, label, icon, address, order in (
    ("lead", _("线索"), "lead", "leads", 10),
    ("opportunity", _("商机"), "opportunity", "opportunities", 40),
    ("quote", _("报价"), "file", "quotes", 42),
    ("contract", _("合同"), "stamp", "contracts", 44),
    ("payment", _("回款"), "money", "payments", 46),
    ("order", _("订单"), "rows", "orders", 48),
    ("product", _("产品"), "tag", "products", 60),
):
    register_create(CreateItem(key, label, icon, f"/{address}/new/", order, allowed=_may("create", key)))
