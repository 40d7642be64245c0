"""What quotes add to the generic operations (SAL-4)."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.rights import organisation
from kezhi.core.clock import today
from kezhi.core.events import EventDraft
from kezhi.core.figures import integer_figure
from kezhi.records.behaviour import Behaviour, Draft
from kezhi.records.presenting import CLEAR, Presenter
from kezhi.records.registry import RecordType, record_type
from kezhi.sales.facts_quotes import refresh_quote_facts
from kezhi.sales.models import Opportunity, Quote
from kezhi.sales.prices import rate_on
from kezhi.sales.quote_states import TOTALS, editable_problem, lines_of, sum_up

# What the customer reads: none of it changes once the quote has gone out.
CONTENT = (
    "name",
    "opportunity",
    "contact",
    "language",
    "currency",
    "is_tax_included",
    "discount",
    "valid_until",
    "terms",
)
_PRICING = ("currency", "is_tax_included", "discount")


class QuoteBehaviour(Behaviour):
    """A quote belongs to the customer of its opportunity; what has gone out stays as it is."""

    def begin(self, given: Mapping[str, Any], actor: Actor) -> Mapping[str, Any]:
        """Name and contact of the opportunity it is made for, wherever it is made from: nobody types them twice."""
        wanted = str(given.get("opportunity", ""))
        if not wanted.isdecimal() or len(wanted) > 18:
            return {}
        rows = Opportunity.objects.visible_to(actor).filter(pk=int(wanted), deleted_at__isnull=True)
        opportunity = rows.first()
        if opportunity is None:
            return {}
        presenter = Presenter(record_type("opportunity"), actor)
        told = {"name": opportunity.name, "contact": str(opportunity.contact_id or "")}
        found = {key: value for key, value in told.items() if presenter.state(opportunity, key) == CLEAR}
        days = valid_days(actor.user_id)
        return {**found, "valid_until": (today() + timedelta(days=days)).isoformat()}

    def check(self, record_type: RecordType, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            quote: Quote = draft.record
            if quote.discount is None:
                quote.discount = Decimal(0)
            if not 0 <= quote.discount <= 100:
                draft.problems["discount"] = _("折扣应在 0 到 100 之间")
            if quote.opportunity_id:
                customer_id = quote.opportunity.customer_id
                if customer_id is None:
                    draft.problems["opportunity"] = _("请先在商机里填上客户")
                else:
                    quote.customer_id = customer_id
            contact = quote.contact
            if contact is not None and quote.customer_id and contact.customer_id != quote.customer_id:
                draft.problems["contact"] = _("这个联系人不属于该客户")
            if draft.changed("currency") and rate_on(quote.currency, today()) is None:
                draft.problems["currency"] = _("还没有这个币种的汇率，请管理员先在设置里填写")
            if not draft.is_new and (why_not := editable_problem(quote.state)) is not None:
                draft.problems.update({key: why_not for key in CONTENT if draft.changed(key)})

    def derive(self, record_type: RecordType, drafts: Sequence[Draft]) -> Sequence[str]:
        for draft in drafts:
            quote: Quote = draft.record
            if draft.is_new:
                _fill(quote)
            elif draft.changed(*CONTENT) and quote.state == Quote.State.APPROVED:
                # What was agreed to is not what stands there now.
                quote.state = Quote.State.DRAFT
            if draft.is_new or draft.changed(*_PRICING):
                sum_up(quote, [] if draft.is_new else lines_of(quote))
        return ("customer_id", "discount", "state", "rate", "rate_on", *TOTALS)

    def stored(self, record_type: RecordType, drafts: Sequence[Draft]) -> Sequence[EventDraft]:
        _refresh(drafts)
        return ()

    def removed(self, record_type: RecordType, records: Sequence[Any], actor: Actor) -> None:
        refresh_quote_facts({quote.opportunity_id for quote in records})

    def restored(self, record_type: RecordType, records: Sequence[Any], actor: Actor) -> None:
        refresh_quote_facts({quote.opportunity_id for quote in records})


def valid_days(owner_id: int | None) -> int:
    """For how many days quotes of this owner's department hold by default."""
    return integer_figure("sales.quote_valid_days", organisation().user_departments.get(owner_id or 0))


def _fill(quote: Quote) -> None:
    if quote.valid_until is None:
        quote.valid_until = today() + timedelta(days=valid_days(quote.owner_id))
    quote.language = quote.language or "zh-hans"
    quote.currency = quote.currency or "CNY"


def _refresh(drafts: Sequence[Draft]) -> None:
    ids: set[int | None] = {draft.record.opportunity_id for draft in drafts}
    ids |= {draft.before["opportunity"] for draft in drafts if "opportunity" in draft.before}
    refresh_quote_facts(ids)
