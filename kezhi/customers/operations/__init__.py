"""What is done with customers beyond creating and changing them: reviewed, re-checked, consent recorded."""

from kezhi.customers.operations.consents import record_consent, withdraw_consent
from kezhi.customers.operations.reviewing import await_review, review_customer

__all__ = ["await_review", "record_consent", "review_customer", "withdraw_consent"]
