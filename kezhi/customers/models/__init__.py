"""Tables of customers: customers, contacts, consents, match keys and merges."""

from kezhi.customers.models.consents import Consent
from kezhi.customers.models.customer import Contact, Customer
from kezhi.customers.models.matching import MatchCandidate, MatchKey, Merge

__all__ = ["Consent", "Contact", "Customer", "MatchCandidate", "MatchKey", "Merge"]
