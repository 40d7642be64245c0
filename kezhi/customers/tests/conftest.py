"""What tests of customers share."""

import pytest

from kezhi.records.defaults import install_defaults
from kezhi.records.operations import create_record
from kezhi.records.registry import record_type
from tests.scenes import play

EVERYTHING = ("view", "create", "edit", "delete", "assign", "merge", "review", "reveal")


@pytest.fixture
def people(cast):
    play(install_defaults)
    play(cast.grant, "customer", "contact", "follow_up", "task", actions=EVERYTHING)
    return cast


@pytest.fixture
def make_customer(people):
    def make(name="苏州澜图科技有限公司", *, by=None, **values):
        return create_record(record_type("customer"), {"name": name, **values}, actor=(by or people.rep).actor)

    return make


@pytest.fixture
def make_contact(people):
    def make(customer, name="沈知远", **values):
        return create_record(
            record_type("contact"), {"name": name, "customer": str(customer.pk), **values}, actor=people.rep.actor
        )

    return make


@pytest.fixture
def claimers(people):
    """Everybody claims and releases within the usual reach of their role."""
    play(people.grant, "customer", actions=("claim", "release"))
    return people
