"""What quotes make of their opportunities: how many there are, and the amount that follows them (SAL-4)."""

from collections.abc import Collection, Iterator
from decimal import Decimal

from django.db.models import Count
from django.utils.translation import gettext_lazy

from kezhi.access.actors import system_actor
from kezhi.core.figures import text_figure
from kezhi.core.health import register_thorough_check
from kezhi.records.actor_names import register_program
from kezhi.records.operations import change_record
from kezhi.sales.models import Opportunity, Quote

_BATCH = 1000
_STATES = Quote.State
_STANDING = (_STATES.SENT, _STATES.EXPIRED)


def refresh_quote_facts(opportunity_ids: Collection[int | None]) -> None:
    """Write what the quotes of these opportunities make of them; leaves alone what is right already."""
    ids = {pk for pk in opportunity_ids if pk is not None}
    if not ids:
        return
    # Locked first: whoever waits here then counts what the other one has stored.
    rows = Opportunity.objects.ungated("stored fact").filter(pk__in=ids).order_by("pk").select_for_update(of=("self",))
    stored = list(rows)
    counts = quote_counts(ids)
    for opportunity in stored:
        count = counts.get(opportunity.pk, 0)
        if opportunity.quote_count != count:
            Opportunity.objects.ungated("stored fact").filter(pk=opportunity.pk).update(quote_count=count)
    for opportunity in stored:
        amount = _amount_of(opportunity.pk)
        is_live = opportunity.deleted_at is None and opportunity.state == Opportunity.State.OPEN
        if amount is not None and is_live and opportunity.amount != amount:
            change_record(opportunity, {"amount": str(amount)}, actor=system_actor("quotes"))


def quote_counts(opportunity_ids: Collection[int]) -> dict[int, int]:
    """How many quotes stand on each opportunity; replaced and deleted ones do not count."""
    rows = Quote.objects.ungated("stored fact").filter(opportunity_id__in=opportunity_ids, deleted_at__isnull=True)
    counted = rows.exclude(state=_STATES.REPLACED).values("opportunity_id").annotate(number=Count("pk"))
    return {row["opportunity_id"]: row["number"] for row in counted}


def _amount_of(opportunity_id: int) -> Decimal | None:
    """The amount quotes give the opportunity, in yuan; None where none does."""
    wanted = text_figure("sales.quote_sets_amount")
    if wanted == "never":
        return None
    rows = Quote.objects.ungated("stored fact").filter(opportunity_id=opportunity_id, deleted_at__isnull=True)
    found = rows.filter(state=_STATES.ACCEPTED).order_by("-answered_at", "-pk").first()
    if found is None and wanted == "newest":
        found = rows.filter(state__in=_STANDING).order_by("-sent_at", "-pk").first()
    return found.total_cny if found is not None else None


def _check() -> Iterator[str]:
    """What the installation's check finds: opportunities whose number of quotes is stored wrong."""
    last = 0
    while True:
        rows = Opportunity.objects.ungated("doctor").filter(pk__gt=last, deleted_at__isnull=True).order_by("pk")
        batch = list(rows.values_list("pk", "number", "quote_count")[:_BATCH])
        if not batch:
            return
        right = quote_counts([pk for pk, _number, _count in batch])
        for pk, number, count in batch:
            if count != right.get(pk, 0):
                yield f"{number}: quote_count is {count}, there are {right.get(pk, 0)}"
        last = batch[-1][0]


register_thorough_check("quotes", _check)
register_program("quotes", gettext_lazy("报价"))
register_program("customer", gettext_lazy("客户"))
