"""What opportunities add to the generic operations: their stage, its conditions, and what follows from it (SAL-1)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.core.clock import day_start, local, now, today
from kezhi.core.events import EventDraft
from kezhi.records.behaviour import Behaviour, Draft
from kezhi.records.operations.writing import parents_of
from kezhi.records.registry import RecordType
from kezhi.sales.entry_conditions import check_entry
from kezhi.sales.facts_pipelines import refresh_activities, stage_due_at
from kezhi.sales.kinds_pipelines import STAGE_ENTERED
from kezhi.sales.lifecycle import refresh_lifecycle
from kezhi.sales.models import Opportunity, Stage
from kezhi.sales.skills import skills_by_user
from kezhi.sales.stages import default_pipeline, first_stage, namesake, stage_facts
from kezhi.sales.stays import days_between, record_stays

# Whoever brings in a list does not want its customers written to.
_IN_BULK = ("import", "cli")
_DERIVED = (
    "pipeline_id",
    "stage_id",
    "stage_entered_at",
    "stage_due_at",
    "last_activity_at",
    "state",
    "probability",
    "closed_at",
    "days_to_close",
    "weighted_amount",
)


class OpportunityBehaviour(Behaviour):
    """A new opportunity stands in the first stage of its pipeline; state and probability follow the stage."""

    def check(self, record_type: RecordType, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            opportunity: Opportunity = draft.record
            contact = opportunity.contact
            if contact is not None and opportunity.customer_id and contact.customer_id != opportunity.customer_id:
                draft.problems["contact"] = _("这个联系人不属于该客户")
            _settle_stage(draft)
        check_entry(record_type, [draft for draft in drafts if "stage" not in draft.problems])

    def derive(self, record_type: RecordType, drafts: Sequence[Draft]) -> Sequence[str]:
        for draft in drafts:
            opportunity: Opportunity = draft.record
            if draft.is_new or draft.changed("stage"):
                _enter(draft)
            opportunity.days_to_close = (
                days_between(opportunity.created_at or now(), opportunity.closed_at) if opportunity.closed_at else None
            )
            opportunity.weighted_amount = (opportunity.amount or Decimal(0)) * opportunity.probability / 100
        return _DERIVED

    def stored(self, record_type: RecordType, drafts: Sequence[Draft]) -> Sequence[EventDraft]:
        record_stays(drafts)
        told = [draft for draft in drafts if draft.is_new or draft.changed("stage")]
        refresh_lifecycle({pk for draft in drafts for pk in _touched_customers(draft)})
        refresh_activities(draft.record.pk for draft in drafts if _has_past(draft))
        return [_entered(record_type, draft) for draft in told if not draft.facts.get("history")]

    def in_hand(self) -> Q:
        return Q(state=Opportunity.State.OPEN)

    def suits(self, records: Sequence[Any]) -> Mapping[int, Mapping[int, int]]:
        known = skills_by_user()
        found: dict[int, dict[int, int]] = {}
        for record in records:
            wanted = {("industry", record.customer.industry if record.customer is not None else "")}
            found[record.pk] = {user_id: 1 for user_id, skills in known.items() if skills & wanted}
        return found

    def removed(self, record_type: RecordType, records: Sequence[Any], actor: Actor) -> None:
        refresh_lifecycle({record.customer_id for record in records if record.customer_id})

    def restored(self, record_type: RecordType, records: Sequence[Any], actor: Actor) -> None:
        refresh_lifecycle({record.customer_id for record in records if record.customer_id})


def _touched_customers(draft: Draft) -> Iterator[int]:
    """The customers whose place in life this may move: not by a step from one open stage to the next."""
    before = draft.before.get("stage")
    has_ended = before is not None and stage_facts(str(before)).kind != draft.record.state
    if not (draft.is_new or has_ended or draft.changed("customer")):
        return
    for pk in (draft.record.customer_id, draft.before.get("customer")):
        if pk:
            yield pk


def _has_past(draft: Draft) -> bool:
    """Whether its customer may have been followed up since it entered its stage, before it was stored so."""
    opportunity: Opportunity = draft.record
    if opportunity.state != Opportunity.State.OPEN or not opportunity.customer_id:
        return not draft.is_new and draft.changed("customer")
    return draft.changed("customer") if not draft.is_new else opportunity.stage_entered_at < now()


def _settle_stage(draft: Draft) -> None:
    """Pipeline and stage fit each other: each may be told alone, and a stage's name is looked for in its pipeline."""
    opportunity: Opportunity = draft.record
    if not opportunity.pipeline_id:
        known = stage_facts(opportunity.stage_id) if opportunity.stage_id else None
        opportunity.pipeline_id = known.pipeline if known else default_pipeline()
    if not opportunity.stage_id:
        opportunity.stage_id = first_stage(opportunity.pipeline_id)
    if stage_facts(opportunity.stage_id).pipeline == opportunity.pipeline_id:
        return
    meant = namesake(opportunity.stage_id, opportunity.pipeline_id) if draft.changed("stage") else None
    if meant is None and not draft.changed("stage"):
        meant = first_stage(opportunity.pipeline_id)
    if meant is None:
        draft.problems["stage"] = _("这个阶段不属于所选的销售流程")
        return
    if not draft.is_new:
        draft.before.setdefault("stage", opportunity.stage_id)
    opportunity.stage_id = meant
    draft.after["stage"] = meant


def _enter(draft: Draft) -> None:
    """Since when it is in its stage, and what the stage makes of it; an import keeps the days of its file."""
    opportunity: Opportunity = draft.record
    stage = stage_facts(opportunity.stage_id)
    ended = opportunity.closed_at if draft.is_new else None
    told = min(opportunity.stage_entered_at, now()) if draft.is_new and opportunity.stage_entered_at else None
    if not draft.is_new and opportunity.stage_entered_at is not None:
        opportunity.left = (str(draft.before.get("stage", "")), opportunity.stage_entered_at)
    is_open = stage.kind == Stage.Kind.OPEN
    if ended is None and draft.facts.get("history") and (expected := opportunity.expected_close_on) is not None:
        # Other systems have one column for the day it closed and the day it should.
        ended = day_start(expected) if expected <= today() else None
    begun = opportunity.created_at if draft.is_new and is_open and stage.order == 0 else None
    if draft.changed("stage") or opportunity.stage_entered_at is None:
        opportunity.stage_entered_at = told or begun or (None if is_open else ended) or now()
    entered: datetime = opportunity.stage_entered_at
    opportunity.stage_due_at = stage_due_at(stage.key, entered)
    opportunity.last_activity_at = max(opportunity.last_activity_at or entered, entered)
    opportunity.state = stage.kind
    opportunity.probability = stage.probability
    opportunity.closed_at = None if is_open else ended or now()
    if ended and not is_open and opportunity.expected_close_on is None:
        opportunity.expected_close_on = local(ended).date()


def _entered(record_type: RecordType, draft: Draft) -> EventDraft:
    opportunity: Opportunity = draft.record
    stage = stage_facts(opportunity.stage_id)
    left, since = opportunity.left or ("", opportunity.stage_entered_at)
    return EventDraft(
        kind=STAGE_ENTERED.key,
        record_type=record_type.key,
        record_id=opportunity.pk,
        actor=draft.actor.ref,
        facts={
            "pipeline": opportunity.pipeline_id,
            "stage": stage.key,
            "kind": stage.kind,
            "left": left,
            "days": days_between(since, opportunity.stage_entered_at),
            "reason": str(draft.facts.get("reason", "")),
            "how": "import" if draft.actor.ref.door in _IN_BULK else "work",
        },
        also=parents_of(record_type, opportunity),
    )
