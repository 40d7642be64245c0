"""Fixed choices of customers: states that the system itself moves, with their names and looks."""

from functools import lru_cache

from kezhi.customers.models import Customer
from kezhi.records.lists import Choices, fixed_choices

_TONES = {"waiting": "warning", "doubtful": "danger", "passed": "done", "won": "done", "lost": "danger"}


@lru_cache
def kinds() -> Choices:
    """Company or person."""
    return fixed_choices(
        Customer.Kind, synonyms={"company": ("公司", "企业客户"), "person": ("个人客户", "自然人")}
    )  # zh-data


@lru_cache
def lifecycles() -> Choices:
    """Lead to repurchase (CUS-14)."""
    return fixed_choices(Customer.Lifecycle, tones=_TONES)


@lru_cache
def reviews() -> Choices:
    """Where the record stands with the steward (CUS-9)."""
    return fixed_choices(Customer.Review, tones=_TONES)
