"""Moving all opportunities of a stage to another one, set-wise, each with its events (SAL-1)."""

from datetime import datetime

from django.db.models import F

from kezhi.access.actors import Actor
from kezhi.core.bulk_insert import insert_many
from kezhi.core.clock import now
from kezhi.core.events import EventDraft, Json, record_events
from kezhi.records import kinds
from kezhi.sales.facts_pipelines import stage_due_at, weighted
from kezhi.sales.kinds_pipelines import STAGE_ENTERED
from kezhi.sales.models import Opportunity, Stage, StageStay
from kezhi.sales.stages import stage_facts
from kezhi.sales.stays import days_between

_BATCH = 1000


def move_everything(left: str, entered: str, *, actor: Actor) -> int:
    """Move what stands in one stage to another of the same pipeline and kind; in a transaction. Gives how many went.

    An administrator's act on the pipeline, not one sale's: conditions of the stage are not asked for.
    """
    moved = 0
    while True:
        rows = Opportunity.objects.ungated("settings").filter(stage_id=left).order_by("pk").select_for_update()
        batch = list(rows.values_list("pk", "stage_entered_at", "version", "customer_id")[:_BATCH])
        if not batch:
            return moved
        _move(batch, left, entered, actor)
        moved += len(batch)


def _move(batch: list[tuple[int, datetime, int, int | None]], left: str, entered: str, actor: Actor) -> None:
    at = now()
    stage = stage_facts(entered)
    is_open = stage.kind == Stage.Kind.OPEN
    ids = [row[0] for row in batch]
    changes: dict[str, object] = {
        "stage_id": entered,
        "probability": stage.probability,
        "weighted_amount": weighted(stage.probability),
        "version": F("version") + 1,
        "changed_at": at,
        "changed_by_id": actor.user_id,
    }
    if is_open:
        changes |= {"stage_entered_at": at, "stage_due_at": stage_due_at(entered, at), "last_activity_at": at}
    Opportunity.objects.ungated("settings").filter(pk__in=ids).update(**changes)
    if is_open:
        stays = list(StageStay.objects.filter(opportunity_id__in=ids, left_at__isnull=True))
        for stay in stays:
            stay.left_at, stay.days = at, days_between(stay.entered_at, at)
        StageStay.objects.bulk_update(stays, ["left_at", "days"], batch_size=500)
        insert_many([StageStay(opportunity_id=pk, stage_id=entered, entered_at=at) for pk in ids])
    drafts: list[EventDraft] = []
    for pk, since, version, customer_id in batch:
        also = [("customer", customer_id)] if customer_id else []
        changed = {"stage": (left, entered)}
        drafts.append(
            EventDraft(
                kinds.CHANGED.key, "opportunity", pk, actor.ref, changed, facts={"version": version + 1}, also=also
            )
        )
        facts: dict[str, Json] = {
            "pipeline": stage.pipeline,
            "stage": entered,
            "kind": stage.kind,
            "left": left,
            "days": days_between(since, at),
            "reason": "",
            "how": "settings",
        }
        drafts.append(EventDraft(STAGE_ENTERED.key, "opportunity", pk, actor.ref, facts=facts, also=also))
    record_events(drafts)
