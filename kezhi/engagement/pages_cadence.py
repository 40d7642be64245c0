"""What cadence puts on other pages: the plan on a customer, whom to contact today, a saved view, the settings page."""

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.settings_sections import register_section as register_settings_section
from kezhi.core import epochs
from kezhi.core.clock import today
from kezhi.customers.cadences import register_cadences
from kezhi.customers.models import Customer
from kezhi.engagement.cadence import EAGER, EPOCH, RESTING
from kezhi.engagement.models import CadencePlan
from kezhi.records.defaults import ShippedView, register_views
from kezhi.records.lists import Choices, Item, list_choices
from kezhi.records.presenting import CLEAR, present_all
from kezhi.records.registry import record_type
from kezhi.records.slots import Place, register_slot
from kezhi.ui import html
from kezhi.work.today import Act, Decision, Section, register_section

_SHOWN = 6


def cadence_rows() -> dict[str, CadencePlan]:
    """Every plan by its key, for words."""
    found: dict[str, CadencePlan] = epochs.cached(
        EPOCH, "rows", lambda: {row.key: row for row in CadencePlan.objects.all()}
    )
    return found


def every_words(plan: CadencePlan) -> str:
    """How often, in words."""
    words = {
        "day": ngettext("每天", "每 %(count)s 天", plan.every),
        "week": ngettext("每周", "每 %(count)s 周", plan.every),
        "month": ngettext("每月", "每 %(count)s 个月", plan.every),
    }
    return words[plan.unit] % {"count": plan.every}


def _names() -> Choices:
    def load() -> Choices:
        return Choices(Item(row.key, row.name_zh, row.name_en, "", row.is_on) for row in CadencePlan.objects.all())

    return epochs.cached(EPOCH, "names", load)


def cadence_words(customer: Customer) -> str:
    """The plan of a customer in one line; "" where it has none."""
    plan = cadence_rows().get(customer.cadence)
    if plan is None or customer.cadence_next_on is None:
        return ""
    method = list_choices("follow_up_method").label(plan.method) if plan.method else ""
    how = gettext("%(every)s · 下次 %(day)s %(method)s") % {
        "every": every_words(plan),
        "day": f"{customer.cadence_next_on:%m-%d}",
        "method": method,
    }
    parts = [how.strip()]
    if plan.focus:
        parts.append(gettext("重点：%(focus)s") % {"focus": plan.focus})
    if customer.cadence_until is not None and customer.cadence_until >= today():
        until = f"{customer.cadence_until:%m-%d}"
        if customer.cadence_mood == EAGER:
            parts.append(gettext("加密联系到 %(day)s") % {"day": until})
        elif customer.cadence_mood == RESTING:
            parts.append(gettext("暂停到 %(day)s") % {"day": until})
    return " · ".join(parts)


def _line(place: Place) -> SafeString | None:
    if place.record is None or place.presented is None:
        return None
    if any(place.presented.cell(key).state != CLEAR for key in ("cadence", "cadence_next_on")):
        return None
    words = cadence_words(place.record)
    return format_html('<span class="soft">{} {}</span>', html.icon("refresh"), words) if words else None


def planned(actor: Actor) -> Section | None:
    """One's own customers whose planned day has come and with whom nothing else is arranged."""
    if not actor.allows("customer", "view"):
        return None
    rows = Customer.objects.visible_to(actor).filter(
        owner_id__in=actor.rights.own_ids, cadence_next_on__lte=today(), next_follow_at__isnull=True
    )
    found = list(rows.order_by("cadence_next_on", "id")[: _SHOWN + 1])
    if not found:
        return None
    count = len(found) if len(found) <= _SHOWN else rows[:1000].count()
    shown = present_all(found[:_SHOWN], record_type("customer"), actor)
    decisions = [
        Decision(
            state="today" if customer.cadence_next_on == today() else "overdue",
            when=_when(customer),
            title=row.title,
            url=row.url,
            why=row.text("cadence"),
            act=Act(_("记跟进"), reverse("engagement:record", args=[customer.pk])),
        )
        for customer, row in zip(found, shown, strict=False)
    ]
    return Section("cadence", _("按计划该联系的客户"), decisions, count, "/customers/?sort=cadence_next_on")


def _when(customer: Customer) -> str:
    late = (today() - (customer.cadence_next_on or today())) // timedelta(days=1)
    if not late:
        return gettext("今天")
    return ngettext("晚了 %(days)s 天", "晚了 %(days)s 天", late) % {"days": late}


def _may_set(actor: Any) -> bool:
    return isinstance(actor, Actor) and actor.allows("settings", "figures")


register_cadences(_names)
register_slot("record.line", "customer", _line, order=25)
register_section(planned, order=38)
register_views(
    ShippedView(
        "customers-this-week",
        "customer",
        "本周该联系",  # zh-data
        "To contact this week",
        {
            "all": [
                {"field": "owner", "op": "is", "value": ["me"]},
                {
                    "any": [
                        {"field": "cadence_next_on", "op": "within_next_days", "value": 7},
                        {"field": "cadence_next_on", "op": "overdue"},
                    ]
                },
            ]
        },
        ("name", "level", "cadence", "cadence_next_on", "last_followed_at", "next_follow_at", "phone", "owner"),
        "cadence_next_on",
    )
)
register_settings_section(
    "cadence",
    _("联系计划"),
    "refresh",
    "engagement:cadence_plans",
    "settings.figures",
    47,
    group="process",
    help=_("哪些客户多久联系一次、用什么方式、谈什么。"),
)
