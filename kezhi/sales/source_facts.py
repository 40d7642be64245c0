"""What a source has brought: leads, customers, money (LEAD-6); stored facts."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, F, Q, Sum

from kezhi.core.health import register_thorough_check
from kezhi.core.jobs import enqueue, job
from kezhi.core.models import Event
from kezhi.core.sealing import register_event_reader
from kezhi.sales.models import Lead, LeadSource, Opportunity

_BATCH = 500


def count_leads(leads: Mapping[int, int], effective: Mapping[int, int]) -> None:
    """Add to the counts of these sources (source id → how many more, or fewer); in the transaction of the act."""
    for pk in sorted(set(leads) | set(effective)):
        more, better = leads.get(pk, 0), effective.get(pk, 0)
        if not more and not better:
            continue
        rows = LeadSource.objects.ungated("stored fact").filter(pk=pk)
        rows.update(lead_count=F("lead_count") + more, effective_count=F("effective_count") + better)


def source_facts(source_ids: Iterable[int]) -> dict[int, tuple[int, int, Decimal]]:
    """Leads, effective customers and what was won, by source, as the leads and opportunities say it."""
    ids = list(source_ids)
    live = Lead.objects.ungated("stored fact").filter(source_id__in=ids, deleted_at__isnull=True).order_by()
    effective = Count("pk", filter=Q(state=Lead.State.QUALIFIED))
    counted = {
        row["source_id"]: (row["all"], row["effective"])
        for row in live.values("source_id").annotate(all=Count("pk"), effective=effective)
    }
    won = Opportunity.objects.ungated("stored fact").filter(
        lead__source_id__in=ids, deleted_at__isnull=True, state=Opportunity.State.WON
    )
    amounts = dict(won.order_by().values_list("lead__source_id").annotate(sum=Sum("amount")))
    return {pk: (*counted.get(pk, (0, 0)), amounts.get(pk) or Decimal(0)) for pk in ids}


@transaction.atomic
def refresh_sources(source_ids: Iterable[int]) -> int:
    """Write the facts of these sources as they are; leaves rows alone that are right. Gives how many were not."""
    ids = sorted(set(source_ids))
    # Locked first: whoever waits here then counts what the other one has stored.
    rows = LeadSource.objects.ungated("stored fact").filter(pk__in=ids).order_by("pk").select_for_update(of=("self",))
    stored = {row.pk: (row.lead_count, row.effective_count, row.won_amount) for row in rows}
    wrong = {pk: facts for pk, facts in source_facts(stored).items() if facts != stored[pk]}
    for pk, (leads, effective, won) in wrong.items():
        LeadSource.objects.ungated("stored fact").filter(pk=pk).update(
            lead_count=leads, effective_count=effective, won_amount=won
        )
    return len(wrong)


@job("sales.refresh_sources")
def refresh_sources_of(opportunity_ids: list[int]) -> None:
    """What these opportunities mean for the sources of their leads."""
    rows = Opportunity.objects.ungated("stored fact").filter(pk__in=opportunity_ids, lead__source__isnull=False)
    refresh_sources(set(rows.order_by().values_list("lead__source_id", flat=True)))


def follow_opportunities(events: Iterable[Event]) -> None:
    """Sources follow the opportunities that come of their leads, whoever changes them."""
    ids = {event.record_id for event in events if event.record_type == "opportunity"}
    if not ids:
        return
    rows = Opportunity.objects.ungated("stored fact").filter(pk__in=ids, lead__isnull=False)
    found = sorted(rows.order_by().values_list("pk", flat=True))
    for start in range(0, len(found), _BATCH):
        enqueue(refresh_sources_of, opportunity_ids=found[start : start + _BATCH])


def per_source(leads: Iterable[tuple[int | None, int]]) -> Counter[int]:
    """Sums of (source id, number), sources that are none left out."""
    found: Counter[int] = Counter()
    for source_id, number in leads:
        if source_id is not None:
            found[source_id] += number
    return found


def _check() -> Iterator[str]:
    rows = LeadSource.objects.ungated("stored fact").filter(deleted_at__isnull=True).order_by("pk")
    ids = list(rows.values_list("pk", flat=True))
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        stored = rows.filter(pk__in=batch).values_list("pk", "number", "lead_count", "effective_count", "won_amount")
        facts = source_facts(batch)
        for pk, number, *held in stored:
            if tuple(held) != facts[pk]:
                yield f"source {number} holds {held}, its leads say {list(facts[pk])}"


register_event_reader("sales.sources", follow_opportunities)
register_thorough_check("sales.sources", _check)
