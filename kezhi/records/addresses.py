"""Addresses of generic pages by record type."""

from django.urls import reverse

from kezhi.records.registry import RecordType


def record_url(name: str, record_type: RecordType, *args: object) -> str:
    """The address of a generic page: ``record_url("record", rt, 12)``, ``record_url("record_new", rt)``."""
    return reverse(f"records:{name}", args=[record_type, *args])
