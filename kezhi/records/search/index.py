"""Keeping the full-text index right; called by operations inside their transaction."""

from collections.abc import Sequence
from typing import Any


def index_records(record_type: Any, records: Sequence[Any]) -> None:
    """Put these records' words into the index, replacing what was there."""


def remove_records(record_type: Any, ids: Sequence[int]) -> None:
    """Take records out of the index."""
