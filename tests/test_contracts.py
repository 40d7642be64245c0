"""Every record type × every way out × every member of the cast: what somebody may not see occurs nowhere.

A registered type comes under these tests by itself. Where a domain insists on particular values (a follow-up needs a
next step with who, what and when), ``EXAMPLES`` gives them.
"""

import pytest

from kezhi.access.models import FieldLevel, FieldRule, Role
from kezhi.core import epochs
from kezhi.records.registry import record_types
from kezhi.records.testing import DOORS, leaks, masked_for, plant
from kezhi.records.testing.contract import add_custom_field

EXAMPLES: dict[str, dict[str, object]] = {}

TYPES = [
    known
    for known in record_types()
    if known.model.__module__.startswith("kezhi.") and ".tests." not in known.model.__module__
]

every_type = pytest.mark.parametrize("known", TYPES, ids=lambda known: known.key)
every_door = pytest.mark.parametrize("door", DOORS.values(), ids=lambda door: door.key)


@pytest.fixture
def planted(known, cast):
    """A record of the rep's, with a public and a personal custom field; everybody has the rights of their role."""
    cast.grant(*(each.key for each in record_types()))
    add_custom_field(known, is_personal=False)
    add_custom_field(known, is_personal=True)
    return plant(known, cast.rep, examples=EXAMPLES)


@every_type
@every_door
def test_who_is_out_of_reach_finds_nothing(door, known, planted, cast):
    for member in (cast.colleague, cast.outsider):
        assert leaks(door.open(member, planted), planted) == {}, member.part


@every_type
@every_door
def test_who_sees_the_record_reads_no_masked_value(door, known, planted, cast):
    for member in (cast.manager, cast.steward, cast.administrator):
        masked = masked_for(member, planted)
        assert leaks(door.open(member, planted), planted, masked) == {}, member.part


@every_type
@every_door
def test_the_owner_finds_the_record(door, known, planted, cast):
    """Else the tests above would be content with an empty page."""
    if door.shows_record:
        assert leaks(door.open(cast.rep, planted), planted) != {}


@every_type
@every_door
@pytest.mark.parametrize("level", [FieldLevel.HIDDEN, FieldLevel.MASKED])
def test_a_field_rule_holds_at_every_way_out(door, level, known, planted, cast):
    ruled = [key for key in planted.forms if key != known.title_field]
    FieldRule.objects.bulk_create(
        FieldRule(role=Role.objects.get(key="sales_manager"), record_type=known.key, field=key, level=level)
        for key in ruled
    )
    epochs.bump("access")

    assert masked_for(cast.manager, planted) >= set(ruled)
    assert leaks(door.open(cast.manager, planted), planted, ruled) == {}


@every_type
def test_somebody_without_rights_finds_every_door_shut(known, cast):
    planted = plant(known, cast.rep, examples=EXAMPLES)

    for door in DOORS.values():
        for member in cast:
            assert leaks(door.open(member, planted), planted) == {}, (door.key, member.part)


@every_type
def test_a_record_out_of_reach_answers_as_one_that_does_not_exist(known, planted, cast):
    client = cast.outsider.client()
    paths = ["/{slug}/{id}/", "/{slug}/{id}/edit/", "/{slug}/{id}/timeline/", "/api/v1/{slug}/{id}/"]
    for path in paths:
        there = client.get(path.format(slug=known.slug, id=planted.record.pk))
        not_there = client.get(path.format(slug=known.slug, id=987_654_321))
        assert (there.status_code, not_there.status_code) == (404, 404), path
