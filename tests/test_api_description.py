"""The description of the API tells nobody of fields they know nothing of."""

import pytest
from django.test import Client

from kezhi.access.models import FieldRule, Role
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.records.registry import record_type
from kezhi.records.testing import api
from kezhi.records.testing.contract import add_custom_field

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/openapi.json"


def test_strangers_are_told_nothing(cast):
    answer = Client().get(ADDRESS)

    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"


def test_a_program_and_somebody_signed_in_read_of_what_they_may_know(cast):
    cast.grant("customer")
    field = add_custom_field(record_type("customer"))
    FieldRule.objects.create(
        role=Role.objects.get(key="sales_rep"), record_type="customer", field=field.key, level="hidden"
    )
    epochs.bump(EPOCH)
    described = {
        "rep": api(cast.rep, ADDRESS).json()["components"]["schemas"],
        "manager": cast.manager.client().get(ADDRESS).json()["components"]["schemas"],
    }

    assert {part: field.key in schemas["Customer"]["properties"] for part, schemas in described.items()} == {
        "rep": False,
        "manager": True,
    }
    assert {"Opportunity" in schemas for schemas in described.values()} == {False}
