"""Tables of what comes in and goes out."""

from kezhi.exchange.models.exports import ExportRun, ExportState
from kezhi.exchange.models.imports import WORKING, Decision, ImportRow, ImportRun, MappingMemory, RowState, RunState

__all__ = [
    "WORKING",
    "Decision",
    "ExportRun",
    "ExportState",
    "ImportRow",
    "ImportRun",
    "MappingMemory",
    "RowState",
    "RunState",
]
