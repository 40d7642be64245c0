"""What is done with follow-ups: recorded, together with customer data still missing."""

from kezhi.engagement.operations.recording import record_follow_up

__all__ = ["record_follow_up"]
