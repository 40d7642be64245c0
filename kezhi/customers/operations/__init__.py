"""What is done with customers beyond creating and changing them: reviewed, re-checked, consent recorded."""

from kezhi.customers.operations.consents import record_consent, withdraw_consent
from kezhi.customers.operations.reviewing import review_customer

__all__ = ["record_consent", "review_customer", "withdraw_consent"]
