"""What engagement puts on other apps pages: the composer, the words of follow-ups, places in the frame."""

from datetime import timedelta
from typing import Any

from django.db.models import F, Q
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.core.clock import now
from kezhi.core.figures import integer_figure
from kezhi.customers.models import Customer
from kezhi.engagement.composing import composer_for
from kezhi.engagement.figures import help_levels
from kezhi.records.lists import list_choices
from kezhi.records.presenting import CLEAR, Presented, Presenter
from kezhi.records.registry import record_type
from kezhi.records.slots import Fill, Place, register_slot
from kezhi.records.timeline import Item, Words, register_renderer, sentence
from kezhi.ui import html
from kezhi.ui.navigation import CreateItem, NavItem, register_create, register_nav
from kezhi.work.today import Act, Decision, Section, register_section

_SHOWN = 6


def _composer(place: Place) -> Fill | None:
    if place.record is None or not place.actor.allows("follow_up", "create"):
        return None
    owners = place.actor.owners("follow_up", "create")
    if owners is not None and place.record.owner_id not in owners:
        return None
    return Fill("engagement/composer.html", {"composer": composer_for(place.record, place.actor)})


def _recorded(item: Item) -> Words | None:
    follow_up = item.record
    if follow_up is None or item.presented is None:
        return None
    shown = item.presented
    icon = list_choices("follow_up_method").tone(follow_up.method) or "followup"
    parts: list[SafeString] = [format_html("<p>{}</p>", shown.html("summary"))]
    if shown.text("feedback"):
        parts.append(format_html("<blockquote>{}</blockquote>", shown.html("feedback")))
    if shown.text("next_action"):
        parts.append(
            format_html(
                '<p class="timeline__next">{} {} {} {}</p>',
                html.icon("arrow"),
                gettext("下一步："),
                gettext("%(who)s %(what)s") % {"who": shown.text("next_person"), "what": shown.text("next_action")},
                _due_chip(follow_up) if shown.cell("next_due_at").state == CLEAR else "",
            )
        )
    elif shown.text("no_next_reason"):
        reason = shown.html("no_next_reason")
        parts.append(format_html('<p class="timeline__next">{} {}</p>', gettext("无需下一步："), reason))
    line = (
        sentence(
            gettext("%(who)s 与 %(contact)s %(method)s"),
            who=item.who,
            contact=shown.text("contact"),
            method=shown.text("method"),
        )
        if follow_up.contact_id
        else sentence(gettext("%(who)s %(method)s跟进"), who=item.who, method=shown.text("method"))
    )
    return Words(line, body=format_html_join("", "{}", ((part,) for part in parts)), mark=icon)


def _quiet(actor: Actor) -> Section | None:
    """One's own customers nobody followed up for more than the figure's days, the best levels first (FUP-4)."""
    if not actor.allows("customer", "view"):
        return None
    days = integer_figure("engagement.quiet_days", actor.rights.department_id)
    rows = Customer.objects.visible_to(actor).filter(owner_id__in=actor.rights.own_ids, next_follow_at__isnull=True)
    return _quiet_section("quiet", gettext("超过 %(days)s 天未跟进") % {"days": days}, rows, days, actor)


def needs_help(actor: Actor) -> Section | None:
    """For whoever leads people: their best customers nobody has spoken to for several such spans."""
    team = actor.rights.above_ids - actor.rights.own_ids
    levels = help_levels()
    if not team or not levels or not actor.allows("customer", "view"):
        return None
    department = actor.rights.department_id
    days = integer_figure("engagement.help_factor", department) * integer_figure("engagement.quiet_days", department)
    rows = Customer.objects.visible_to(actor).filter(owner_id__in=team, level__in=levels, next_follow_at__isnull=True)
    return _quiet_section("help", gettext("组里需要帮一把"), rows, days, actor)


def _quiet_section(key: str, title: str, rows: Any, days: int, actor: Actor) -> Section | None:
    edge = now() - timedelta(days=days)
    quiet = rows.filter(Q(last_followed_at__lt=edge) | Q(last_followed_at__isnull=True, created_at__lt=edge))
    found = list(quiet.order_by(F("last_followed_at").asc(nulls_first=True), "id")[: _SHOWN + 1])
    if not found:
        return None
    count = len(found) if len(found) <= _SHOWN else quiet[:1000].count()
    presenter = Presenter(record_type("customer"), actor)
    moment = now()
    decisions = []
    for customer in found[:_SHOWN]:
        if customer.last_followed_at is None:
            words = gettext("从未跟进")
        else:
            gap = (moment - customer.last_followed_at).days
            words = ngettext("%(days)s 天没联系", "%(days)s 天没联系", gap) % {"days": gap}
        shown = Presented(customer, presenter)
        level = shown.text("level")
        why = gettext("等级 %(level)s") % {"level": level} if level else ""
        decisions.append(
            Decision(
                state="none",
                when=words,
                title=shown.title,
                url=shown.url,
                why=why,
                act=Act(_("记跟进"), reverse("engagement:record", args=[customer.pk])),
                person=shown.text("owner"),
            )
        )
    return Section(key, title, decisions, count, "/customers/")


def _due_chip(follow_up: Any) -> SafeString:
    """When the next step was to be done; whether it was, the task knows, so that a past time is only told."""
    if follow_up.next_due_at is None:
        return SafeString("")
    shown = html.when(follow_up.next_due_at)
    if follow_up.next_due_at < now():
        return format_html('<span class="faint">{}</span>', shown)
    return html.clock_chip("planned", shown)


register_slot("record.composer", "customer", _composer)
register_section(_quiet, order=40)
register_section(needs_help, order=35)
register_renderer("record.created", _recorded, record_type="follow_up")
register_nav(
    NavItem(
        "follow_up",
        pgettext_lazy("plural", "跟进"),
        "followup",
        "/follow-ups/",
        50,
        allowed=lambda actor: actor is not None and actor.allows("follow_up", "view"),
    )
)
register_create(
    CreateItem(
        "follow_up",
        _("记跟进"),
        "followup",
        "engagement:compose",
        10,
        allowed=lambda actor: actor is not None and actor.allows("follow_up", "create"),
        sheet=False,
    )
)
