"""What quotes and products put on generic pages: lines, next steps, versions, links, price lists (SAL-4)."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.first_steps import register_first_step
from kezhi.access.settings_sections import register_section
from kezhi.core.clock import today
from kezhi.records.child_rows import child_rows, may_read_rows
from kezhi.records.slots import Fill, Place, register_slot
from kezhi.sales.models import BundleLine, Letterhead, PriceRow, Product, Quote
from kezhi.sales.operations.quotes import is_open, wants_approval
from kezhi.sales.private_links import private_links
from kezhi.sales.private_visits import opened_links
from kezhi.sales.quote_paper import in_language, may_read_whole, paper_of
from kezhi.sales.quote_pdf import file_name, kept_papers
from kezhi.sales.quote_sending import PURPOSE
from kezhi.sales.quote_states import editable_problem

_STATES = Quote.State


@dataclass(frozen=True, slots=True)
class Next:
    """What can be done with a quote now."""

    may_edit: bool
    has_lines: bool
    edit_lines: bool
    submit: bool
    wants_approval: bool
    send: bool
    again: bool
    renew: bool


def next_of(quote: Quote, actor: Actor, has_lines: bool, may_edit: bool) -> Next:
    """What the actor can do with the quote as it stands."""
    state = quote.state
    is_draft = state == _STATES.DRAFT
    wants = wants_approval(quote)
    is_ready = state == _STATES.APPROVED or (is_draft and has_lines and not wants)
    is_valid = quote.valid_until is not None and quote.valid_until >= today()
    return Next(
        may_edit,
        has_lines,
        may_edit and editable_problem(state) is None,
        may_edit and is_draft and has_lines and wants,
        wants,
        may_edit and is_ready and is_valid,
        may_edit and is_open(quote),
        may_edit
        and state in (_STATES.SENT, _STATES.ACCEPTED, _STATES.DECLINED, _STATES.EXPIRED)
        and actor.allows("quote", "create"),
    )


def _lines(place: Place) -> Fill | None:
    quote = place.record
    known = place.record_type
    if not may_read_rows(known, quote, child_rows(known)["lines"], place.actor):
        return None
    with in_language(quote):
        paper = paper_of(quote, reader=place.actor)
    may_edit = known.policy.allows(place.actor, "edit", quote)
    steps = next_of(quote, place.actor, bool(paper.lines), may_edit)
    return Fill("sales/quotes/card.html", {"quote": quote, "paper": paper, "next": steps})


def _versions(place: Place) -> Fill | None:
    quote = place.record
    rows = Quote.objects.visible_to(place.actor).filter(
        number__startswith=quote.number.rpartition("-V")[0] or quote.number
    )
    found = [one for one in rows.order_by("edition", "pk") if _same(one, quote)]
    return Fill("sales/quotes/versions.html", {"versions": found, "quote": quote}) if len(found) > 1 else None


def _same(one: Quote, quote: Quote) -> bool:
    return (one.number.rpartition("-V")[0] or one.number) == (quote.number.rpartition("-V")[0] or quote.number)


def _papers(place: Place) -> Fill | None:
    quote, known = place.record, place.record_type
    may_read = quote.sent_at is not None and may_read_rows(known, quote, child_rows(known)["lines"], place.actor)
    if not may_read or not may_read_whole(quote, place.actor):
        return None
    papers = kept_papers(quote)
    name = file_name(quote)
    return Fill("sales/quotes/papers.html", {"papers": papers, "quote": quote, "name": name}) if papers else None


def _links(place: Place) -> Fill | None:
    if not place.record_type.policy.allows(place.actor, "edit", place.record):
        return None
    return links_fill(
        place.record,
        PURPOSE,
        reverse("sales:quote_revocation", args=[place.record.pk]),
        _("收回所有链接？客户就打不开了，也不能再接受。"),
    )


def links_fill(record: Any, purpose: str, end_url: str, confirm: Any) -> Fill | None:
    """The links to a record with who opened them; nothing where none was ever made."""
    rows = opened_links(private_links(record, purpose))
    context = {"links": rows, "end_url": end_url, "confirm": confirm}
    return Fill("sales/private/links.html", context) if rows else None


def _of_opportunity(place: Place) -> Fill | None:
    opportunity = place.record
    may = (
        place.actor.allows("quote", "create")
        and opportunity.customer_id is not None
        and place.record_type.policy.allows(place.actor, "edit", opportunity)
    )
    if not may:
        return None
    values = {"opportunity": opportunity.pk, "name": opportunity.name, "back": f"/opportunities/{opportunity.pk}/"}
    if opportunity.contact_id:
        values["contact"] = opportunity.contact_id
    return Fill("sales/quotes/from_opportunity.html", {"url": f"/quotes/new/?{urlencode(values)}"})


def _parts(place: Place) -> Fill | None:
    product = place.record
    if product.kind != Product.Kind.BUNDLE:
        return None
    rows = BundleLine.objects.filter(bundle_id=product.pk).select_related("product").order_by("position", "id")
    may_edit = place.record_type.policy.allows(place.actor, "edit", product)
    may_read = place.record_type.readable("price", place.actor, product.owner_id)
    return Fill(
        "sales/products/parts.html",
        {"product": product, "parts": list(rows), "may_edit": may_edit, "may_read": may_read},
    )


def _prices(place: Place) -> Fill | None:
    product = place.record
    if not place.record_type.readable("price", place.actor, product.owner_id):
        return None
    rows = list(PriceRow.objects.filter(product_id=product.pk))
    may_edit = place.record_type.policy.allows(place.actor, "edit", product)
    if not rows and not may_edit:
        return None
    return Fill("sales/products/prices.html", {"product": product, "rows": rows, "may_edit": may_edit})


register_slot("record.composer", "quote", _lines)
register_slot("record.related", "quote", _versions)
register_slot("record.related", "quote", _papers, order=55)
register_slot("record.related", "quote", _links, order=60)
register_slot("record.menu", "opportunity", _of_opportunity, order=40)
register_slot("record.facts", "product", _prices)
register_slot("record.composer", "product", _parts)
register_section(
    "letterhead", _("报价信头"), "file", "sales:letterhead", "settings.figures", 62,
    group="process", help=_("报价单上的公司名称、地址、标志、收款账户和条款。"),
)  # fmt: skip
register_first_step(
    "letterhead", _("写好报价单上的公司"), "sales:letterhead", "settings.figures",
    lambda _actor: Letterhead.objects.exclude(name_zh="").exists(), 60,
    help=_("抬头、标志、税号和收款账户；报价单上印着它。"),
)  # fmt: skip
register_section(
    "currency_rates", _("汇率"), "money", "sales:rates", "settings.figures", 63,
    group="process", help=_("用别的币种报价时按哪天的汇率折合人民币。"),
)  # fmt: skip
