"""Tables of engagement."""

from kezhi.engagement.models.cadence import CadencePlan
from kezhi.engagement.models.followups import FollowUp

__all__ = ["CadencePlan", "FollowUp"]
