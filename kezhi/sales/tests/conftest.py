"""What tests of sales share."""

import pytest

from kezhi.records.defaults import install_defaults
from kezhi.records.operations import create_record
from kezhi.records.registry import record_type
from tests.scenes import play

EVERYTHING = ("view", "create", "edit", "delete", "assign", "merge", "review", "reveal", "export", "import")
SALES = ("lead", "lead_source", "opportunity", "product", "quote", "contract", "instalment", "payment", "order")


@pytest.fixture
def people(cast):
    play(install_defaults)
    play(cast.grant, "customer", "contact", "follow_up", "task", *SALES, actions=EVERYTHING)
    return cast


@pytest.fixture
def make(people):
    """``make("opportunity", name=…, customer=customer)``: any record, by the rep; records are given as themselves."""

    def create(key, *, by=None, **values):
        raw = {name: str(value.pk) if hasattr(value, "pk") else value for name, value in values.items()}
        return create_record(record_type(key), raw, actor=(by or people.rep).actor)

    return create


@pytest.fixture
def make_customer(make):
    def create(name="苏州澜图科技有限公司", **values):
        return make("customer", name=name, **values)

    return create


@pytest.fixture
def make_lead(make):
    def create(name="苏州澜图科技有限公司", **values):
        return make("lead", name=name, **values)

    return create


@pytest.fixture
def make_opportunity(make, make_customer):
    def create(name="澜图机房改造", *, customer=None, amount="500000", **values):
        return make("opportunity", name=name, customer=customer or make_customer(), amount=amount, **values)

    return create


@pytest.fixture
def make_quote(make, make_opportunity):
    def create(name="澜图机房改造报价", *, opportunity=None, **values):
        return make("quote", name=name, opportunity=opportunity or make_opportunity(), **values)

    return create


@pytest.fixture
def make_contract(make, make_customer):
    def create(name="澜图机房改造合同", *, customer=None, amount="100000", **values):
        return make("contract", name=name, customer=customer or make_customer(), amount=amount, **values)

    return create
