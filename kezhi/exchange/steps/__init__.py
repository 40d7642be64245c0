"""The long work of imports and exports, in batches of one transaction each, going on where a killed worker stopped."""

from kezhi.exchange.steps.applying import apply
from kezhi.exchange.steps.checking import check
from kezhi.exchange.steps.expiring import remove_expired
from kezhi.exchange.steps.exporting import write_export
from kezhi.exchange.steps.undoing import undo

__all__ = ["apply", "check", "remove_expired", "undo", "write_export"]
