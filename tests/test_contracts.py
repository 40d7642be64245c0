"""Every record type × every way out × every member of the cast: what somebody may not see occurs nowhere.

A registered type comes under these tests by itself. Where a domain insists on particular values (a follow-up needs a
next step with who, what and when), ``examples`` gives them.
"""

from datetime import timedelta

import pytest

from kezhi.access.models import FieldLevel, FieldRule, Role
from kezhi.core import epochs
from kezhi.core.clock import local, now
from kezhi.records.defaults import install_defaults
from kezhi.records.registry import record_types
from kezhi.records.testing import DOORS, leaks, masked_for, plant
from kezhi.records.testing.contract import add_custom_field


def examples() -> dict[str, dict[str, object]]:
    """Values a domain insists on, by record type."""
    return {
        "follow_up": {
            "happened_at": f"{local(now() - timedelta(hours=1)):%Y-%m-%d %H:%M}",
            "next_due_at": f"{local(now() + timedelta(days=3)):%Y-%m-%d %H:%M}",
        },
    }


TYPES = [
    known
    for known in record_types()
    if known.model.__module__.startswith("kezhi.") and ".tests." not in known.model.__module__
]

every_type = pytest.mark.parametrize("known", TYPES, ids=lambda known: known.key)


def found_by(members, planted, keys):
    """What these members find behind which door: (door, member) → field → the form in which it stood there."""
    found = {
        (door.key, member.part): leaks(door.open(member, planted), planted, keys)
        for member in members
        for door in DOORS.values()
    }
    return {place: values for place, values in found.items() if values}


@pytest.fixture
def planted(known, cast):
    """A record of the rep's, with a public and a personal custom field; everybody has the rights of their role."""
    install_defaults()
    cast.grant(*(each.key for each in record_types()))
    add_custom_field(known, is_personal=False)
    add_custom_field(known, is_personal=True)
    return plant(known, cast.rep, examples=examples())


@every_type
def test_who_is_out_of_reach_finds_nothing(known, planted, cast):
    assert found_by((cast.colleague, cast.outsider), planted, set(planted.all_forms)) == {}


@every_type
def test_who_sees_the_record_reads_no_masked_value(known, planted, cast):
    for member in (cast.manager, cast.steward, cast.administrator):
        assert found_by((member,), planted, masked_for(member, planted)) == {}


@every_type
def test_the_owner_finds_the_record_behind_every_door(known, planted, cast):
    """Else the tests above would be content with an empty page."""
    shown = {door.key for door in DOORS.values() if door.shows_record}

    assert shown - {door for door, _member in found_by((cast.rep,), planted, set(planted.all_forms))} == set()


@every_type
@pytest.mark.parametrize("level", [FieldLevel.HIDDEN, FieldLevel.MASKED])
def test_a_field_rule_holds_at_every_way_out(level, known, planted, cast):
    ruled = {key for key in planted.forms if key != known.title_field}
    FieldRule.objects.bulk_create(
        FieldRule(role=Role.objects.get(key="sales_manager"), record_type=known.key, field=key, level=level)
        for key in ruled
    )
    epochs.bump("access")

    assert masked_for(cast.manager, planted) >= ruled
    assert found_by((cast.manager,), planted, ruled) == {}


@every_type
def test_somebody_without_rights_finds_every_door_shut(known, cast):
    install_defaults()
    planted = plant(known, cast.rep, examples=examples())

    assert found_by(cast, planted, set(planted.all_forms)) == {}


@every_type
def test_a_record_out_of_reach_answers_as_one_that_does_not_exist(known, planted, cast):
    client = cast.outsider.client()
    paths = ["/{slug}/{id}/", "/{slug}/{id}/edit/", "/{slug}/{id}/timeline/", "/api/v1/{slug}/{id}/"]
    for path in paths:
        there = client.get(path.format(slug=known.slug, id=planted.record.pk))
        not_there = client.get(path.format(slug=known.slug, id=987_654_321))
        assert (there.status_code, not_there.status_code) == (404, 404), path
