"""Where leads stand on pages of other apps: the lead's and the source's page, Today, the settings."""

import json
from decimal import Decimal
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.settings_sections import register_section as register_settings
from kezhi.core.clock import now
from kezhi.customers.likeness import lookalikes, typed_within_limit
from kezhi.customers.models import Customer
from kezhi.records.presenting import CLEAR, present, present_all
from kezhi.records.registry import record_type
from kezhi.records.slots import Fill, Place, register_slot
from kezhi.sales.known_leads import OPEN_STATES, lead_lookalikes, values_of
from kezhi.sales.lead_pages import LeadComposer, readable_facts, why_words
from kezhi.sales.models import Lead, Opportunity
from kezhi.sales.promises_leads import LEAD_RESPONSE
from kezhi.ui import html
from kezhi.ui.templatetags.ui import menu_item
from kezhi.work.deadlines import open_deadlines
from kezhi.work.today import Act, Decision, Section, due_words, register_section

_SHOWN = 8


def _may_work(place: Place) -> bool:
    lead = place.record
    return (
        lead is not None
        and lead.state in OPEN_STATES
        and lead.deleted_at is None
        and place.record_type.policy.allows(place.actor, "edit", lead)
    )


def _composer(place: Place) -> Fill | None:
    if not _may_work(place):
        return None
    return Fill("sales/leads/composer.html", {"composer": LeadComposer(place.actor, place.record)})


def _acts(place: Place) -> SafeString | None:
    if not _may_work(place):
        return None
    address = reverse("sales:lead_qualify", args=[place.record.pk])
    return html.button(gettext("转化"), icon_name="check", kind="action", href=address, sheet=True)


def _menu(place: Place) -> SafeString | None:
    lead = place.record
    if lead is None or lead.deleted_at is not None:
        return None
    lines = SafeString("")
    allows = place.record_type.policy.allows
    if allows(place.actor, "assign", lead):
        lines += _line(gettext("换负责人…"), "swap", "lead_assign", lead)
    if not allows(place.actor, "edit", lead):
        return lines or None
    if lead.state in OPEN_STATES:
        lines += _line(gettext("判定无效…"), "ban", "lead_disqualify", lead)
    if lead.state in (*OPEN_STATES, Lead.State.DISQUALIFIED):
        lines += _line(gettext("以后再联系…"), "pause", "lead_recycle", lead)
    return lines or None


def _line(label: str, icon: str, name: str, lead: Lead) -> SafeString:
    return menu_item(label, icon=icon, href=reverse(f"sales:{name}", args=[lead.pk]), sheet=True)


def _became(place: Place) -> Fill | None:
    """What a qualified lead became, and the way back; for a sleeping one, when it wakes."""
    lead = place.record
    if lead is None or lead.deleted_at is not None:
        return None
    may_edit = place.record_type.policy.allows(place.actor, "edit", lead)
    if lead.state == Lead.State.RECYCLED:
        return Fill("sales/leads/became.html", {"lead": lead, "may_wake": may_edit}) if may_edit else None
    if lead.state != Lead.State.QUALIFIED or not lead.customer_id:
        return None
    became = []
    customer = Customer.objects.visible_to(place.actor).filter(pk=lead.customer_id).first()
    if customer is not None:
        shown = present(customer, place.actor)
        became.append((gettext("客户"), shown.title, shown.url))
    else:
        became.append((gettext("客户"), gettext("您看不到的一位客户"), ""))
    rows = Opportunity.objects.visible_to(place.actor).filter(lead_id=lead.pk, deleted_at__isnull=True)
    for opportunity in present_all(rows.order_by("pk")[:3], record_type("opportunity"), place.actor):
        became.append((gettext("商机"), opportunity.title, opportunity.url))
    return Fill("sales/leads/became.html", {"lead": lead, "became": became, "may_undo": may_edit})


def _known(place: Place) -> Fill | None:
    """Who it may be: customers and other open leads; not once it has become one."""
    lead = place.record
    if lead is None or lead.state not in OPEN_STATES:
        return None
    values = values_of(lead)
    customers = lookalikes(values, place.actor) if lead.known_customer_id else []
    leads = lead_lookalikes(values, place.actor, but=lead.pk)
    if not customers and not leads:
        return None
    return Fill("sales/leads/known.html", {"customers": customers, "leads": leads})


def _hint(place: Place) -> Fill | None:
    but = place.record.pk if place.record is not None else None
    values, limit = typed_within_limit(place.values, place.actor, ("customer", "contact", "lead"))
    customers = lookalikes(values, place.actor)
    leads = lead_lookalikes(values, place.actor, but=but)
    if not customers and not leads and not limit:
        return None
    return Fill("sales/leads/known.html", {"customers": customers, "leads": leads, "limit": limit})


def _why(place: Place) -> Fill | None:
    """Why this owner, and what raised the score."""
    lead = place.record
    if lead is None:
        return None
    reads_score = place.presented is not None and place.presented.cell("score").state == CLEAR
    facts = readable_facts(lead, place.actor) if reads_score else []
    context = {"why": why_words(lead), "facts": facts, "score": lead.score, "lead": lead}
    if lead.consent_text:
        agreed = html.when(lead.consented_at) if lead.consented_at else ""
        context |= {"consent": lead.consent_text, "consented_at": agreed}
    return Fill("sales/leads/why.html", context)


def _return(place: Place) -> Fill | None:
    """What a source cost and brought; each number opens its records."""
    source = place.record
    if source is None or place.presented is None:
        return None
    may = {key: place.presented.cell(key).state == "clear" for key in ("cost", "lead_count", "effective_count")}
    may["won_amount"] = place.presented.cell("won_amount").state == "clear"
    cost = source.cost if may["cost"] else None
    leads, effective = source.lead_count, source.effective_count
    rows = []
    came = _leads_url({"field": "source", "op": "is", "value": [source.pk]})
    good = _leads_url(
        {"field": "source", "op": "is", "value": [source.pk]},
        {"field": "state", "op": "is", "value": [Lead.State.QUALIFIED]},
    )
    if may["lead_count"]:
        rows.append((gettext("线索"), str(leads), came))
        if may["effective_count"]:
            rows.append((gettext("有效客户"), str(effective), good))
            rows.append((gettext("转化率"), f"{100 * effective / leads:.1f}%" if leads else "—", good))
        if cost is not None:
            rows.append((gettext("每条线索花费"), html.money(cost / leads) if leads else "—", came))
    if may["effective_count"] and cost is not None:
        rows.append((gettext("每个有效客户花费"), html.money(cost / effective) if effective else "—", good))
    if may["won_amount"]:
        rows.append((gettext("成交金额"), html.money(source.won_amount), good))
        if cost:
            share = Decimal(source.won_amount) / cost
            rows.append((gettext("回报（成交 ÷ 费用）"), f"{share:.1f}", good))
    return Fill("sales/leads/source_return.html", {"rows": rows}) if rows else None


def _leads_url(*conditions: dict[str, object]) -> str:
    condition = {"all": list(conditions)} if len(conditions) > 1 else conditions[0]
    return f"/leads/?{urlencode({'filter': json.dumps(condition)})}"


def waiting_leads(actor: Actor) -> Section | None:
    """One's own leads nobody has contacted yet, the next to run out first (LEAD-4)."""
    if not actor.allows("lead", "view"):
        return None
    rows = Lead.objects.visible_to(actor).filter(owner_id__in=actor.rights.own_ids, state=Lead.State.NEW)
    found = list(rows.order_by("entered_at", "id")[: _SHOWN * 3 + 1])
    if not found:
        return None
    count = len(found) if len(found) <= _SHOWN * 3 else rows[:1000].count()
    moment = now()
    clocks = open_deadlines(LEAD_RESPONSE.key, "lead", [lead.pk for lead in found])
    due = {pk: row.due_at for pk, row in clocks.items()}
    found.sort(key=lambda lead: (lead.pk not in due, due.get(lead.pk, lead.entered_at), lead.pk))
    decisions = []
    for shown in present_all(found[:_SHOWN], record_type("lead"), actor):
        state, when = due_words(due.get(shown.id), moment=moment)
        decisions.append(
            Decision(
                state=state,
                when=when if shown.id in due else gettext("待联系"),
                title=shown.title,
                url=shown.url,
                why=" · ".join(part for part in (shown.text("channel"), shown.text("contact_name")) if part),
                act=Act(_("联系"), reverse("sales:lead_contact", args=[shown.id])),
                person=shown.text("owner"),
            )
        )
    return Section("leads", _("等您首次联系的线索"), decisions, count, _leads_url(_MINE, _NEW))


def unowned_leads(actor: Actor) -> Section | None:
    """For whoever hands leads out: those nobody owns."""
    if not record_type("lead").policy.reaches_unowned(actor, "assign"):
        return None
    rows = Lead.objects.visible_to(actor, "assign").filter(
        Q(state=Lead.State.NEW) | Q(state=Lead.State.WORKING), owner_id__isnull=True
    )
    found = list(rows.order_by("entered_at", "id")[: _SHOWN + 1])
    if not found:
        return None
    decisions = [
        Decision(
            state="planned",
            when=gettext("待分配"),
            title=shown.title,
            url=shown.url,
            why=shown.text("channel") or shown.number,
            act=Act(_("分配"), reverse("sales:lead_assign", args=[shown.id]), sheet=True),
        )
        for shown in present_all(found[:_SHOWN], record_type("lead"), actor)
    ]
    count = len(found) if len(found) <= _SHOWN else rows[:1000].count()
    return Section("unowned_leads", _("等您分配的线索"), decisions, count, _leads_url(_UNOWNED))


_MINE: dict[str, object] = {"field": "owner", "op": "is", "value": ["me"]}
_NEW: dict[str, object] = {"field": "state", "op": "is", "value": ["new"]}
_UNOWNED: dict[str, object] = {"field": "owner", "op": "is_empty"}

register_slot("record.composer", "lead", _composer)
register_slot("record.actions", "lead", _acts, order=20)
register_slot("record.menu", "lead", _menu, order=20)
register_slot("record.path", "lead", _became)
register_slot("record.facts", "lead", _known, order=10)
register_slot("record.facts", "lead", _why, order=20)
register_slot("form.hint", "lead", _hint)
register_slot("record.facts", "lead_source", _return, order=10)
register_section(waiting_leads, order=15)
register_section(unowned_leads, order=31)
register_settings(
    "entry_pages",
    _("录入页"),
    "globe",
    "sales:entry_forms",
    "lead_source.edit",
    14,
    group="process",
    help=_("官网和展位上的页面：客户自己填，线索马上分给销售。"),
)
register_settings(
    "skills",
    _("擅长的事"),
    "user",
    "sales:skills",
    "automation.view",
    15,
    group="process",
    help=_("同事会哪些语言、熟悉哪些行业和产品；分配线索时看它。"),
)
