"""Tables of customers: customers, contacts, consents, match keys and merges."""

from kezhi.customers.models.consents import Consent
from kezhi.customers.models.customer import Contact, Customer
from kezhi.customers.models.matching import MatchCandidate, MatchKey, Merge
from kezhi.customers.models.pool import ClaimCount

__all__ = ["ClaimCount", "Consent", "Contact", "Customer", "MatchCandidate", "MatchKey", "Merge"]
