"""What leads and their sources add to the generic operations (LEAD-2)."""

from collections.abc import Sequence

from kezhi.core.clock import now
from kezhi.core.values.names import clean_name, company_key
from kezhi.records.behaviour import Behaviour, Draft
from kezhi.records.registry import RecordType
from kezhi.sales.models import Lead


class LeadBehaviour(Behaviour):
    """Fills what every lead has from its first minute."""

    def derive(self, record_type: RecordType, drafts: Sequence[Draft]) -> Sequence[str]:
        for draft in drafts:
            lead: Lead = draft.record
            if draft.is_new or draft.changed("name"):
                lead.name = clean_name(lead.name)
                lead.name_key = company_key(lead.name)[:200]
            if lead.entered_at is None:
                lead.entered_at = now()
        return ("name", "name_key", "entered_at")


class LeadSourceBehaviour(Behaviour):
    """Keeps the register of sources."""
