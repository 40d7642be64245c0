"""How timelines tell of leads."""

from collections.abc import Mapping

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from kezhi.access.directory import person_name
from kezhi.customers.models import Customer
from kezhi.records.lists import list_choices
from kezhi.records.presenting import CLEAR
from kezhi.records.timeline import Item, Words, register_earlier, register_renderer, sentence
from kezhi.sales import events_leads as kinds
from kezhi.sales.models import Lead, Opportunity
from kezhi.ui import html

_MOST_LEADS = 10


def _contacted(item: Item) -> Words:
    method = list_choices("follow_up_method")
    key = str(item.facts.get("method", ""))
    line = sentence(gettext("%(who)s %(method)s联系"), who=item.who, method=method.label(key))
    body = format_html("<p>{}</p>", str(item.facts.get("summary", "")))
    if item.facts.get("next"):
        who = person_name(int(str(item.facts.get("next_person") or 0)))
        body += format_html(
            '<p class="timeline__next">{} {} {}</p>',
            html.icon("arrow"),
            gettext("下一步："),
            gettext("%(who)s %(what)s") % {"who": who, "what": item.facts["next"]},
        )
    return Words(line, body=body, mark=method.tone(key) or "phone")


def _assigned(item: Item) -> Words:
    to = item.facts.get("to")
    name = person_name(to) if isinstance(to, int) else ""
    if item.facts.get("how") == "self":
        return Words(sentence(gettext("%(name)s 负责这条线索"), name=name), mark="user")
    line = sentence(gettext("%(who)s 把线索分给了 %(name)s"), who=item.who, name=name)
    why = item.facts.get("why")
    words = _in_language(why) if isinstance(why, dict) else ""
    return Words(line, body=format_html("<p>{}</p>", words) if words else SafeString(""), mark="user")


def _qualified(item: Item) -> Words:
    line = sentence(gettext("%(who)s 转化了线索 %(record)s"), who=item.who, record=item.subject)
    return Words(sentence(gettext("%(who)s 转化了线索"), who=item.who) if item.is_own else line, mark="check")


def _disqualified(item: Item) -> Words:
    if not _reads(item, "disqualify_reason"):
        return Words(sentence(gettext("%(who)s 判定线索无效"), who=item.who), mark="ban")
    reason = list_choices("disqualify_reason").label(item.facts.get("reason", ""))
    line = sentence(gettext("%(who)s 判定线索无效：%(reason)s"), who=item.who, reason=reason)
    return Words(line, body=_note(item, "note"), mark="ban")


def _recycled(item: Item) -> Words:
    if not _reads(item, "recycle_on"):
        return Words(sentence(gettext("%(who)s 把线索放到以后再唤醒"), who=item.who), mark="pause")
    day = str(item.facts.get("on", ""))
    return Words(
        sentence(gettext("%(who)s 把线索放到 %(day)s 再唤醒"), who=item.who, day=day),
        body=_note(item, "reason"),
        mark="pause",
    )


def _woken(item: Item) -> Words:
    return Words(sentence(gettext("%(who)s 唤醒了线索"), who=item.who), mark="play")


def _received(item: Item) -> Words:
    form = str(item.facts.get("form", ""))
    return Words(sentence(gettext("从录入页“%(form)s”进来"), form=form), mark="globe")


def _reads(item: Item, key: str) -> bool:
    return item.presented is not None and item.presented.cell(key).state == CLEAR


def _note(item: Item, key: str) -> SafeString:
    words = str(item.facts.get(key) or "")
    return format_html("<p>{}</p>", words) if words else SafeString("")


def _in_language(words: Mapping[str, object]) -> str:
    language = "en" if (get_language() or "").startswith("en") else "zh"
    return str(words.get(language) or words.get("zh") or "")


def _leads_of_customer(customer: Customer) -> list[tuple[str, int]]:
    rows = Lead.objects.ungated("history of a customer").filter(customer_id=customer.pk)
    return [("lead", pk) for pk in rows.order_by("-pk").values_list("pk", flat=True)[:_MOST_LEADS]]


def _lead_of_opportunity(opportunity: Opportunity) -> list[tuple[str, int]]:
    return [("lead", opportunity.lead_id)] if opportunity.lead_id else []


# What was said to a lead belongs to the customer it became; its readers still need the right to see the lead.
register_earlier("customer", "lead", _leads_of_customer)
register_earlier("opportunity", "lead", _lead_of_opportunity)
register_renderer(kinds.CONTACTED.key, _contacted)
register_renderer(kinds.ASSIGNED.key, _assigned)
register_renderer(kinds.QUALIFIED.key, _qualified)
register_renderer(kinds.DISQUALIFIED.key, _disqualified)
register_renderer(kinds.RECYCLED.key, _recycled)
register_renderer(kinds.WOKEN.key, _woken)
register_renderer(kinds.RECEIVED.key, _received)
