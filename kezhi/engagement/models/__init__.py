"""Tables of engagement: follow-ups."""

from kezhi.engagement.models.followups import FollowUp

__all__ = ["FollowUp"]
