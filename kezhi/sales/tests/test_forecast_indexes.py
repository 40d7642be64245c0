"""What the forecast adds up lies in indexes, so that ten times the opportunities are not ten times the reading."""

import pytest
from django.db import connection

from kezhi.sales.models import Opportunity

ADDED_UP = {
    "opportunity_own_state": ("owner", "state", "expected_close_on", "forecast", "amount", "weighted_amount"),
    "opportunity_closed": ("state", "closed_at", "owner", "amount"),
}


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "fields"), ADDED_UP.items())
def test_an_index_holds_all_columns_the_forecast_adds_up(name, fields):
    with connection.cursor() as cursor:
        stored = connection.introspection.get_constraints(cursor, Opportunity._meta.db_table)

    assert stored[name]["columns"] == [Opportunity._meta.get_field(field).column for field in fields]
