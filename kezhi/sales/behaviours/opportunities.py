"""What opportunities add to the generic operations: the first stage, and what follows from a stage (SAL-1)."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from kezhi.core.clock import now
from kezhi.core.events import EventDraft
from kezhi.records.behaviour import Behaviour, Draft
from kezhi.records.registry import RecordType
from kezhi.sales.models import Opportunity
from kezhi.sales.stages import default_pipeline, first_stage, stage_facts
from kezhi.sales.stays import days_between, record_stays


class OpportunityBehaviour(Behaviour):
    """A new opportunity stands in the first stage of its pipeline; state and probability follow the stage."""

    def check(self, record_type: RecordType, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            opportunity: Opportunity = draft.record
            contact = opportunity.contact
            if contact is not None and opportunity.customer_id and contact.customer_id != opportunity.customer_id:
                draft.problems["contact"] = _("这个联系人不属于该客户")
            if not opportunity.pipeline_id:
                stage = stage_facts(opportunity.stage_id) if opportunity.stage_id else None
                opportunity.pipeline_id = stage.pipeline if stage else default_pipeline()
            if not opportunity.stage_id:
                opportunity.stage_id = first_stage(opportunity.pipeline_id)
            stage = stage_facts(opportunity.stage_id)
            if stage.pipeline != opportunity.pipeline_id:
                draft.problems["stage"] = _("这个阶段不属于所选的销售流程")

    def derive(self, record_type: RecordType, drafts: Sequence[Draft]) -> Sequence[str]:
        for draft in drafts:
            opportunity: Opportunity = draft.record
            stage = stage_facts(opportunity.stage_id)
            if draft.is_new or draft.changed("stage"):
                if draft.changed("stage") or opportunity.stage_entered_at is None:
                    opportunity.stage_entered_at = now()
                opportunity.state = stage.kind
                opportunity.probability = stage.probability
                opportunity.closed_at = None if stage.kind == "open" else opportunity.closed_at or now()
            opportunity.days_to_close = (
                days_between(opportunity.created_at or now(), opportunity.closed_at) if opportunity.closed_at else None
            )
            opportunity.weighted_amount = (opportunity.amount or Decimal(0)) * opportunity.probability / 100
        return (
            "pipeline_id",
            "stage_id",
            "stage_entered_at",
            "state",
            "probability",
            "closed_at",
            "days_to_close",
            "weighted_amount",
        )

    def stored(self, record_type: RecordType, drafts: Sequence[Draft]) -> Sequence[EventDraft]:
        record_stays(drafts)
        return ()
