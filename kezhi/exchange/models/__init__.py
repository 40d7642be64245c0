"""Tables of what comes in and goes out."""

from kezhi.exchange.models.channels import ChannelAddress, ChannelSetup
from kezhi.exchange.models.exports import ExportRun, ExportState
from kezhi.exchange.models.imports import WORKING, Decision, ImportRow, ImportRun, MappingMemory, RowState, RunState
from kezhi.exchange.models.mailboxes import Mailbox, ReceivedMail, SentMail
from kezhi.exchange.models.webhooks import (
    Delivery,
    DeliveryState,
    Endpoint,
    GrantState,
    OutflowGrant,
    Receipt,
    Source,
    Subscription,
)

__all__ = [
    "WORKING",
    "ChannelAddress",
    "ChannelSetup",
    "Decision",
    "Delivery",
    "DeliveryState",
    "Endpoint",
    "ExportRun",
    "ExportState",
    "GrantState",
    "ImportRow",
    "ImportRun",
    "Mailbox",
    "MappingMemory",
    "OutflowGrant",
    "Receipt",
    "ReceivedMail",
    "RowState",
    "RunState",
    "SentMail",
    "Source",
    "Subscription",
]
