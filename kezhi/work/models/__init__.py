"""Tables of work: tasks, notifications, deadlines."""

from kezhi.work.models.approvals import (
    Approval,
    ApprovalFlow,
    ApprovalFlowVersion,
    ApprovalLink,
    ApprovalParty,
    ApprovalStage,
    ApprovalStep,
)
from kezhi.work.models.deadlines import Deadline
from kezhi.work.models.notifications import ChannelOutage, Delivery, NoticeOnce, NoticePreference, Notification
from kezhi.work.models.tasks import Task

__all__ = [
    "Approval",
    "ApprovalFlow",
    "ApprovalFlowVersion",
    "ApprovalLink",
    "ApprovalParty",
    "ApprovalStage",
    "ApprovalStep",
    "ChannelOutage",
    "Deadline",
    "Delivery",
    "NoticeOnce",
    "NoticePreference",
    "Notification",
    "Task",
]
