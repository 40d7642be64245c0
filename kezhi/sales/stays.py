"""Keeping the stays of opportunities in their stages (SAL-8), for many at once."""

from collections.abc import Sequence
from datetime import datetime

from kezhi.core.clock import local, now
from kezhi.records.behaviour import Draft
from kezhi.sales.models import Opportunity, StageStay


def days_between(start: datetime, end: datetime) -> int:
    """Days from one moment to another as the company's calendar counts them; never below zero."""
    return max((local(end).date() - local(start).date()).days, 0)


def record_stays(drafts: Sequence[Draft]) -> None:
    """End the stays of stages that were left and begin those of stages entered.

    What comes already closed has no history of stages, so none is invented for it.
    """
    entered: list[Opportunity] = [draft.record for draft in drafts if draft.is_new or draft.changed("stage")]
    if not entered:
        return
    moved = {draft.record.pk: draft.record for draft in drafts if not draft.is_new and draft.changed("stage")}
    if moved:
        open_stays = list(StageStay.objects.filter(opportunity_id__in=moved, left_at__isnull=True))
        for stay in open_stays:
            stay.left_at = moved[stay.opportunity_id].stage_entered_at or now()
            stay.days = days_between(stay.entered_at, stay.left_at)
        StageStay.objects.bulk_update(open_stays, ["left_at", "days"], batch_size=500)
    begun = [opportunity for opportunity in entered if opportunity.pk in moved or opportunity.closed_at is None]
    StageStay.objects.bulk_create(
        StageStay(opportunity=opportunity, stage_id=opportunity.stage_id, entered_at=opportunity.stage_entered_at)
        for opportunity in begun
    )
