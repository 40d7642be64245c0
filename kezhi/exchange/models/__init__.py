"""Tables of what comes in and goes out."""

from kezhi.exchange.models.channels import ChannelAddress, ChannelSetup
from kezhi.exchange.models.exports import ExportRun, ExportState
from kezhi.exchange.models.imports import WORKING, Decision, ImportRow, ImportRun, MappingMemory, RowState, RunState
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
    "MappingMemory",
    "OutflowGrant",
    "Receipt",
    "RowState",
    "RunState",
    "Source",
    "Subscription",
]
