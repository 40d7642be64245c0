"""Leads already there are found by the indexes over filled texts, however many there are (LEAD-2)."""

import pytest
from django.db import connection

from kezhi.core.statistics import refresh_statistics
from kezhi.sales.known_leads import lead_lookalikes, leads_with

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("column", "index"),
    [("phone_index", "lead_phone"), ("email_index", "lead_email"), ("name_key", "lead_name_key")],
)
def test_each_way_to_know_a_lead_has_its_index(make_lead, column, index):
    make_lead(phone="13812345678", email="shen@lantu.cn")
    refresh_statistics()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")  # it reads so small a table whole

    assert index in leads_with({column: "a"}).values_list("pk").explain()


def test_all_ways_asked_at_once_read_no_table_whole(make_lead):
    make_lead(phone="13812345678", email="shen@lantu.cn")
    refresh_statistics()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
    plan = leads_with({"phone_index": "a", "email_index": "b", "name_key": "c"}).values_list("pk").explain()

    assert [index for index in ("lead_phone", "lead_email", "lead_name_key") if index not in plan] == []


def test_a_lead_of_the_same_phone_or_name_is_known_and_itself_is_not(people, make_lead):
    lead = make_lead(phone="13812345678")
    other = make_lead("澜图科技", phone="138 1234 5678")

    assert [row.number for row in lead_lookalikes({"phone": "13812345678"}, people.rep.actor)] == [
        other.number,
        lead.number,
    ]
    assert [row.number for row in lead_lookalikes({"phone": "13812345678"}, people.rep.actor, but=lead.pk)] == [
        other.number
    ]
    assert lead_lookalikes({"phone": "", "name": ""}, people.rep.actor) == []
