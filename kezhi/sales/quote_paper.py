"""A quote as the customer reads it: one set of facts for the private page and the PDF (SAL-4)."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils import translation
from django.utils.translation import gettext as _

from kezhi.access.actors import Actor
from kezhi.core.clock import local
from kezhi.core.events import Json
from kezhi.records.presenting import Presenter
from kezhi.records.registry import record_type
from kezhi.sales.capitals import capital_amount
from kezhi.sales.currencies import currency_name, currency_sign
from kezhi.sales.letterhead import Company, company_of
from kezhi.sales.models import Quote
from kezhi.sales.operations.quote_lines import plain_number
from kezhi.sales.quote_amounts import totals_of
from kezhi.sales.quote_states import lines_of

# Fields of a quote that stand on its paper beside its lines and amounts, which the lines govern.
_PRINTED = ("terms", "valid_until", "edition", "owner", "discount", "currency", "is_tax_included")
_DRAFTS = (Quote.State.DRAFT, Quote.State.WAITING, Quote.State.APPROVED)


@dataclass(frozen=True, slots=True)
class PaperLine:
    """One line in words."""

    number: str
    what: str
    detail: str
    quantity: str
    unit: str
    price: str
    discount: str
    tax: str
    amount: str


@dataclass(frozen=True, slots=True)
class Paper:
    """Everything the paper says, in the quote's language."""

    quote: Quote
    company: Company
    customer: str
    contact: str
    facts: Sequence[tuple[str, str]]
    lines: Sequence[PaperLine]
    totals: Sequence[tuple[str, str]]
    total: str
    home: str
    capitals: str
    terms: str
    stamp: str

    @property
    def has_discount(self) -> bool:
        """Whether any line has one."""
        return any(line.discount for line in self.lines)

    def as_json(self) -> str:
        """The data of the PDF; the same content gives the same text."""
        quote, company = self.quote, self.company
        words = _words()
        values: dict[str, Json] = {
            "lang": "en" if quote.language == "en" else "zh",
            "title": f"{words['heading']} {quote.number}",
            "number": quote.number,
            "words": dict(words),
            "company": {"name": company.name, "lines": list(company.lines)},
            "logo": list(company.logo) if company.logo else None,
            "bank": list(company.bank),
            "customer": self.customer,
            "contact": self.contact,
            "subject": quote.name,
            "facts": [[name, value] for name, value in self.facts],
            "lines": [
                {
                    "no": line.number,
                    "what": line.what,
                    "detail": line.detail,
                    "quantity": line.quantity,
                    "unit": line.unit,
                    "price": line.price,
                    "discount": line.discount,
                    "tax": line.tax,
                    "amount": line.amount,
                }
                for line in self.lines
            ],
            "totals": [[name, value] for name, value in self.totals],
            "total": self.total,
            "home": self.home,
            "capitals": self.capitals,
            "terms": self.terms,
            "stamp": self.stamp,
        }
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def content_hash(text: str) -> str:
    """Names one content of a paper."""
    return hashlib.sha256(text.encode()).hexdigest()


def paper_of(quote: Quote, *, reader: Actor | None = None) -> Paper:
    """The paper of a quote; for a colleague (``reader``) names they may not read stay masked, other facts are left out.

    Without a reader it is the paper as it goes to the customer. Call it under the quote's language, see
    :func:`in_language`.
    """
    sign = currency_sign(quote.currency)

    def money(value: Decimal) -> str:
        return f"{sign}{value:,.2f}"

    stored = lines_of(quote)
    totals = totals_of(stored, discount=quote.discount, is_tax_included=quote.is_tax_included, rate=quote.rate)
    lines = [
        PaperLine(
            str(position),
            line.description,
            "",
            plain_number(line.quantity),
            line.unit,
            f"{line.unit_price:,.2f}",
            f"−{plain_number(line.discount)}%" if line.discount else "",
            f"{plain_number(line.tax_rate)}%",
            f"{line.amount:,.2f}",
        )
        for position, line in enumerate(stored, 1)
    ]
    sums = [(_("未税小计"), money(totals.subtotal))]
    if totals.discount_amount:
        percent = plain_number(quote.discount)
        sums.append((_("整单折扣 %(percent)s%%") % {"percent": percent}, f"−{money(totals.discount_amount)}"))
    sums.append((_("税额"), money(totals.tax_amount)))
    is_foreign = quote.currency != "CNY"
    home = ""
    if is_foreign and quote.rate_on is not None:
        home = _("按 %(day)s 汇率 %(rate)s 折合人民币 ¥%(amount)s") % {
            "day": quote.rate_on.isoformat(),
            "rate": plain_number(quote.rate),
            "amount": f"{totals.total_cny:,.2f}",
        }
    customer, contact = _names(quote, reader)
    company = company_of(quote.language)
    is_chinese = quote.language != "en"
    return Paper(
        quote=quote,
        company=company,
        customer=customer,
        contact=contact,
        facts=_facts(quote, reader),
        lines=lines,
        totals=sums,
        total=money(totals.total),
        home=home,
        capitals=capital_amount(totals.total) if is_chinese and not is_foreign else "",
        terms=(quote.terms or company.terms) if _reads(quote, reader, "terms") else "",
        stamp=_("草稿，未正式发出") if quote.state in _DRAFTS else "",
    )


def may_read_whole(quote: Quote, reader: Actor) -> bool:
    """Whether nothing on the customer's own paper is masked or left out for this colleague."""
    return all(_reads(quote, reader, key) for key in _PRINTED) and _names(quote, reader) == _names(quote, None)


def _reads(quote: Quote, reader: Actor | None, key: str) -> bool:
    return reader is None or record_type("quote").readable(key, reader, quote.owner_id)


def in_language(quote: Quote) -> translation.override:
    """Speak the quote's language for a while."""
    return translation.override("en" if quote.language == "en" else "zh-hans")


def _facts(quote: Quote, reader: Actor | None) -> list[tuple[str, str]]:
    day = local(quote.sent_at or quote.changed_at).date()
    facts = [(_("日期"), day.isoformat())]
    if quote.valid_until is not None and _reads(quote, reader, "valid_until"):
        facts.append((_("有效期至"), quote.valid_until.isoformat()))
    code = "en" if translation.get_language() == "en" else "zh"
    facts.append((_("币种"), f"{currency_name(quote.currency, code)} {quote.currency}"))
    facts.append((_("单价"), _("含税") if quote.is_tax_included else _("不含税")))
    if quote.edition > 1 and _reads(quote, reader, "edition"):
        facts.append((_("版次"), str(quote.edition)))
    if quote.owner is not None and _reads(quote, reader, "owner"):
        facts.append((_("联系我们"), quote.owner.name))
    return facts


def _names(quote: Quote, reader: Actor | None) -> tuple[str, str]:
    if reader is None:
        return quote.customer.name, quote.contact.name if quote.contact is not None else ""
    customer = Presenter(record_type("customer"), reader).text(quote.customer, "name")
    contact = ""
    if quote.contact is not None and record_type("contact").policy.allows(reader, "view", quote.contact):
        contact = Presenter(record_type("contact"), reader).text(quote.contact, "name")
    return customer, contact


def _words() -> dict[str, str]:
    return {
        "heading": _("报价单"),
        "customer": _("客户"),
        "contact": _("联系人"),
        "no": _("序号"),
        "what": _("产品或服务"),
        "quantity": _("数量"),
        "unit": _("单位"),
        "price": _("单价"),
        "discount": _("折扣"),
        "tax": _("税率"),
        "amount": _("金额"),
        "total": _("总计（含税）"),
        "capitals": _("金额大写"),
        "terms": _("条款"),
        "bank": _("收款账户"),
        "seller": _("报价方"),
        "buyer": _("客户确认"),
        "sign": _("签字盖章 / 日期"),
        "page": _("第 {n} 页，共 {m} 页"),
    }
