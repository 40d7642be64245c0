"""Every write to a record: one verb, one transaction, one event per record (style §2.1)."""

from kezhi.records.operations.bulk import BulkResult, change_many
from kezhi.records.operations.deleting import (
    NeedsApproval,
    delete_records,
    purge_deleted,
    register_deletion_guard,
    require_agreed,
    restore_records,
)
from kezhi.records.operations.problems import Conflict, InvalidRecord
from kezhi.records.operations.undoing import UndoResult, undo_events, undo_operation
from kezhi.records.operations.writing import (
    change_record,
    change_records,
    create_record,
    draft_changes,
    draft_new,
    reveal_field,
    store_changes,
    store_new,
)

__all__ = [
    "BulkResult",
    "Conflict",
    "InvalidRecord",
    "NeedsApproval",
    "UndoResult",
    "change_many",
    "change_record",
    "change_records",
    "create_record",
    "delete_records",
    "draft_changes",
    "draft_new",
    "purge_deleted",
    "register_deletion_guard",
    "require_agreed",
    "restore_records",
    "reveal_field",
    "store_changes",
    "store_new",
    "undo_events",
    "undo_operation",
]
