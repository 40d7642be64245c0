"""Tables of engagement: follow-ups, cadence plans, links to calendars."""

from kezhi.engagement.models.cadence import CadencePlan
from kezhi.engagement.models.feeds import CalendarFeed
from kezhi.engagement.models.followups import FollowUp

__all__ = ["CadencePlan", "CalendarFeed", "FollowUp"]
