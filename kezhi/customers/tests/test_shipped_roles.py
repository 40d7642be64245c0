"""What the shipped roles find on a customer's page."""

import pytest

from kezhi.access.actors import system_actor
from kezhi.access.models import Role
from kezhi.access.operations import install_defaults as install_roles
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from tests.reading import holds_digits

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_role(people):
    """Give a member of the cast a shipped role instead of the one they play with."""

    def give(member, key):
        Role.objects.filter(key=key).delete()
        install_roles(actor=system_actor("tests"))
        member.user.roles.set([Role.objects.get(key=key)])
        epochs.bump(EPOCH)
        return member

    return give


@pytest.mark.parametrize("role", ["service_agent", "service_supervisor"])
def test_service_reveals_a_customers_own_phone_as_well_as_a_contacts(
    make_customer, make_contact, people, as_role, role
):
    customer = make_customer(phone="13812345678")
    contact = make_contact(customer, phone="13912345678")
    agent = as_role(people.outsider, role)
    client = agent.client()
    page = client.get(f"/customers/{customer.pk}/").content.decode()

    assert not holds_digits(page, "13812345678")
    assert not holds_digits(page, "13912345678")
    for address, phone in (
        (f"/customers/{customer.pk}", "138 1234 5678"),
        (f"/contacts/{contact.pk}", "139 1234 5678"),
    ):
        assert f'href="{address}/fields/phone/reveal/"' in page
        answer = client.post(f"{address}/fields/phone/reveal/", {"reason": "处理投诉"})
        assert phone in answer.content.decode()


def test_nobody_is_offered_an_eye_for_what_they_may_not_reveal(make_customer, make_contact, people, as_role):
    customer = make_customer(phone="13812345678")
    make_contact(customer, phone="13912345678")
    marketing = as_role(people.outsider, "marketing_specialist")
    page = marketing.client().get(f"/customers/{customer.pk}/").content.decode()

    assert "138****5678" in page
    assert "139****5678" in page
    assert "/reveal/" not in page
    assert "/reveal/" not in people.rep.client().get(f"/customers/{customer.pk}/").content.decode()
