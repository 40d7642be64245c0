"""A condition on a related record asks nothing about one out of the reader's sight (ORG-3)."""

import json

import pytest

from kezhi.customers.models import Customer
from kezhi.records.testing.doors import api_headers
from kezhi.sales.models import Opportunity

pytestmark = pytest.mark.django_db

LEVEL = "customer.level"


@pytest.fixture
def opportunity(make_customer, make_opportunity, people):
    """An opportunity that was given to the rep while its customer stayed with the manager."""
    made = make_opportunity(customer=make_customer("无锡外人有限公司", by=people.manager), by=people.manager)
    Opportunity.objects.ungated("test").filter(pk=made.pk).update(owner=people.rep.id)
    return made


def found_for(opportunity, member, condition):
    """Whether the reader finds it by this condition: on the list, through the API and in the count alike."""
    client, asked = member.client(), json.dumps(condition)
    page = opportunity.name in client.get("/opportunities/", {"filter": asked}).content.decode()
    answer = client.get("/api/v1/opportunities/", {"filter": asked}, headers=api_headers(member)).json()
    said = client.post("/opportunities/filter/count/", {"condition": asked}).content.decode()
    assert [row["id"] for row in answer["items"]] == [opportunity.pk] * page
    assert said == f"符合条件的有 {int(page)} 条"
    return page


def test_what_a_condition_finds_does_not_depend_on_a_customer_out_of_sight(opportunity, people):
    conditions = [{"all": [{"field": LEVEL, "op": op, "value": ["A"]}]} for op in ("is", "is_not")] + [
        {"all": [{"field": LEVEL, "op": "is_empty"}]},
        {"all": [{"field": "customer.name", "op": "contains", "value": "外人"}]},
        {"not": {"all": [{"field": LEVEL, "op": "is", "value": ["A"]}]}},
    ]
    told = []
    for level in ("A", "B", ""):
        Customer.objects.ungated("test").update(level=level)
        told.append([found_for(opportunity, people.rep, condition) for condition in conditions])
    assert told == [[False, True, False, False, True]] * 3
    assert found_for(opportunity, people.manager, conditions[2])


def test_what_belongs_to_no_related_record_is_still_found(opportunity, people):
    assert found_for(opportunity, people.rep, {"all": [{"field": "lead.state", "op": "is_empty"}]})


def test_a_customer_out_of_sight_is_named_without_a_link(opportunity, people):
    link = f'<a href="/customers/{opportunity.customer_id}/">无锡外人有限公司</a>'
    for address in ("/opportunities/", f"/opportunities/{opportunity.pk}/"):
        told, kept = (member.client().get(address).content.decode() for member in (people.manager, people.rep))
        assert link in told
        assert "无锡外人有限公司" in kept
        assert link not in kept
