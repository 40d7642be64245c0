"""Tables of work: tasks, notifications."""

from kezhi.work.models.notifications import ChannelOutage, Delivery, NoticeOnce, NoticePreference, Notification
from kezhi.work.models.tasks import Task

__all__ = ["ChannelOutage", "Delivery", "NoticeOnce", "NoticePreference", "Notification", "Task"]
