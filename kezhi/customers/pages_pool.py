"""What the pool puts on other pages: its place in the rail, the day of recall on a record, words of its events."""

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.settings_sections import register_section
from kezhi.core.clock import today
from kezhi.core.figures import integer_figure
from kezhi.customers.models import Customer
from kezhi.customers.policy import CLAIM
from kezhi.customers.pooling import BY_CLAIM, BY_RELEASE, CLAIMED, POOL, RELEASED
from kezhi.records import kinds
from kezhi.records.lists import list_choices
from kezhi.records.presenting import CLEAR
from kezhi.records.slots import Fill, Place, register_slot
from kezhi.records.timeline import Item, Words, register_renderer, sentence
from kezhi.records.timeline.wording import generic_words
from kezhi.ui import html
from kezhi.ui.navigation import NavItem, register_nav


def _may_claim(actor: Any) -> bool:
    return isinstance(actor, Actor) and actor.allows("customer", CLAIM)


def recall_chip(customer: Customer) -> SafeString | None:
    """How long until a customer returns to the pool, once that is near; that it lies there; None otherwise."""
    if customer.pool_since is not None:
        return html.clock_chip("none", gettext("在公海"))
    if customer.recall_on is None:
        return None
    left = (customer.recall_on - today()).days
    if left > integer_figure("pool.warning_days"):
        return None
    if left <= 0:
        return html.clock_chip("overdue", gettext("将收回公海"))
    words = ngettext("%(days)s 天后收回公海", "%(days)s 天后收回公海", left) % {"days": left}
    return html.clock_chip("today", words)


def _line(place: Place) -> SafeString | None:
    if place.record is None or place.presented is None or place.presented.cell("recall_on").state != CLEAR:
        return None
    chip = recall_chip(place.record)
    return format_html("<span>{}</span>", chip) if chip is not None else None


def _menu(place: Place) -> Fill | None:
    customer = place.record
    if customer is None or customer.owner_id is None:
        return None
    if not place.record_type.policy.allows(place.actor, "release", customer):
        return None
    return Fill("customers/release_menu.html", {"url": reverse("customers:release", args=[customer.pk])})


def _released(item: Item) -> Words:
    reason = list_choices("pool_reason").label(str(item.facts.get("reason", "")))
    note = str(item.facts.get("note") or "")
    line = sentence(gettext("%(who)s 把客户放回公海：%(reason)s"), who=item.who, reason=reason)
    return Words(line, body=format_html("<blockquote>{}</blockquote>", note) if note else "")


def _claimed(item: Item) -> Words:
    return Words(sentence(gettext("%(who)s 从公海认领了客户"), who=item.who))


def _changed(item: Item) -> Words | None:
    """A change that merely is a claim or a return has its own line already."""
    return None if item.facts.get(POOL) in (BY_CLAIM, BY_RELEASE) else generic_words(item)


register_renderer(RELEASED.key, _released)
register_renderer(CLAIMED.key, _claimed)
register_renderer(kinds.CHANGED.key, _changed, record_type="customer")
register_slot("record.line", "customer", _line, order=30)
register_slot("record.menu", "customer", _menu, order=60)
register_nav(NavItem("pool", _("公海"), "inbox", "customers:pool", 22, allowed=_may_claim))
register_section(
    "pool",
    _("公海"),
    "inbox",
    "customers:pool_terms",
    "settings.figures",
    46,
    group="process",
    help=_("多久没跟进回收，认领多少，保护多久；改之前试算谁会失去哪些客户。"),
)
