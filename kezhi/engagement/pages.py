"""What engagement puts on other apps pages: the composer, the words of follow-ups, places in the frame."""

from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.core.clock import now
from kezhi.engagement.composing import composer_for
from kezhi.records.lists import list_choices
from kezhi.records.slots import Fill, Place, register_slot
from kezhi.records.timeline import Item, Words, register_renderer, sentence
from kezhi.ui import html
from kezhi.ui.navigation import CreateItem, NavItem, register_create, register_nav


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
    if follow_up.feedback:
        parts.append(format_html("<blockquote>{}</blockquote>", shown.html("feedback")))
    if follow_up.next_action:
        parts.append(
            format_html(
                '<p class="timeline__next">{} {} {} {}</p>',
                html.icon("arrow"),
                gettext("下一步："),
                gettext("%(who)s %(what)s") % {"who": shown.text("next_person"), "what": shown.text("next_action")},
                _due_chip(follow_up),
            )
        )
    elif follow_up.no_next_reason:
        parts.append(
            format_html('<p class="timeline__next">{} {}</p>', gettext("无需下一步："), follow_up.no_next_reason)
        )
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


def _due_chip(follow_up: Any) -> SafeString:
    if follow_up.next_due_at is None:
        return SafeString("")
    state = "overdue" if follow_up.next_due_at < now() else "planned"
    return html.clock_chip(state, html.when(follow_up.next_due_at))


register_slot("record.composer", "customer", _composer)
register_renderer("record.created", _recorded, record_type="follow_up")
register_nav(
    NavItem(
        "follow_up",
        _("跟进"),
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
