"""Who reads which leads with the roles that come along (ORG-2)."""

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from kezhi.access.actors import system_actor
from kezhi.access.models import FieldRule, Role
from kezhi.access.operations import install_defaults as install_roles
from kezhi.access.rights import EPOCH
from kezhi.core import epochs

pytestmark = pytest.mark.django_db


def test_marketing_sees_what_became_of_every_lead_with_phones_masked(make_lead, people):
    lead = make_lead(phone="13812345678")
    Role.objects.filter(key="marketing_specialist").delete()
    install_roles(actor=system_actor("tests"))
    people.outsider.user.roles.set([Role.objects.get(key="marketing_specialist")])
    epochs.bump(EPOCH)
    client = people.outsider.client()
    page = client.get(f"/leads/{lead.pk}/").content.decode()
    assert "138****5678" in page
    assert "13812345678" not in page
    assert client.get(f"/leads/{lead.pk}/edit/").status_code in (403, 404)


def test_whoever_reads_a_leads_phone_reads_its_second_one_in_older_installations_too(people):
    role = Role.objects.create(key="clerk", name_zh="文员")
    FieldRule.objects.create(role=role, record_type="lead", field="phone", level="read")
    migration = import_module("kezhi.sales.migrations.0007_second_phone_of_a_lead")
    for _again in range(2):
        migration.read_alike(apps, SimpleNamespace(connection=connection))
    assert FieldRule.objects.get(role=role, field="phone_other").level == "read"
