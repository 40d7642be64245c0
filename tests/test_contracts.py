"""Every record type × every way out × every member of the cast: what somebody may not see occurs nowhere.

A registered type comes under these tests by itself. Where a domain insists on particular values (a follow-up needs a
next step with who, what and when), ``examples`` gives them.
"""

import json
from datetime import timedelta

import pytest

from kezhi.access.models import FieldLevel, FieldRule, Role
from kezhi.automation import testing as _rule_doors  # noqa: F401 - registers its ways out
from kezhi.automation.actions.base import Step, Target
from kezhi.automation.definition import rule_reader
from kezhi.automation.texts import Filler, masked, place_choices
from kezhi.core import epochs
from kezhi.core.clock import local, now
from kezhi.exchange import testing as _exchange_doors  # noqa: F401 - registers its way out
from kezhi.exchange.rule_actions import mask_unless, rule_payload
from kezhi.records.child_rows import child_rows
from kezhi.records.defaults import install_defaults
from kezhi.records.leaving import is_kept_in
from kezhi.records.listing.ordering import may_sort
from kezhi.records.registry import record_types
from kezhi.records.testing import DOORS, api, as_filter, leaks, masked_for, plant
from kezhi.records.testing.contract import add_custom_field
from kezhi.sales import testing as _sales_doors  # noqa: F401 - registers its ways out
from kezhi.work import testing as _work_doors  # noqa: F401 - registers its ways out
from tests.scenes import play


def examples() -> dict[str, dict[str, object]]:
    """Values a domain insists on, by record type."""
    return {
        "follow_up": {
            "happened_at": f"{local(now() - timedelta(hours=1)):%Y-%m-%d %H:%M}",
            "next_due_at": f"{local(now() + timedelta(days=3)):%Y-%m-%d %H:%M}",
        },
        "instalment": {"due_on": f"{local(now() + timedelta(days=30)):%Y-%m-%d}"},
        "payment": {"received_on": f"{local(now()):%Y-%m-%d}", "is_checked": "true"},
        "order": {"ordered_on": f"{local(now()):%Y-%m-%d}"},
    }


TYPES = [
    known
    for known in record_types()
    if known.model.__module__.startswith("kezhi.") and ".tests." not in known.model.__module__
]

every_type = pytest.mark.parametrize("known", TYPES, ids=lambda known: known.key)


# A follow-up's next step is handed out as a task: there it is the task's title, under the task's own rules. What a
# customer bought is summed up on the customer, under the customer's rules.
HANDED_ON = {"follow_up": {"next_action"}, "order": {"amount"}}
SHOWS_OTHERS = {"parent", "today"}

OF_ALL = {key for key, door in DOORS.items() if door.shows_all}
OF_ONE = set(DOORS) - OF_ALL


def found_by(members, planted, keys, doors=frozenset(DOORS)):
    """What these members find behind these doors: (door, member) → field → the form in which it stood there."""
    return found_in(opened_by(members, planted, doors), planted, keys)


def opened_by(members, planted, doors):
    """What leaves by these doors: (door, member) → text."""
    return {(door, member.part): opened(DOORS[door], member, planted) for member in members for door in sorted(doors)}


def found_in(texts, planted, keys):
    """Which of these fields of a record stand in what left."""
    handed_on = HANDED_ON.get(planted.record_type.key, set())
    found = {
        (door, part): leaks(text, planted, keys - handed_on if door in SHOWS_OTHERS else keys)
        for (door, part), text in texts.items()
    }
    return {place: values for place, values in found.items() if values}


def opened(door, member, planted):
    """What leaves there, the epochs read once as for one request: else they are most of what the database is asked."""
    with epochs.snapshot():
        return door.open(member, planted)


@pytest.fixture
def planted(known, cast):
    """A record of the rep's, with custom fields of each sort of privacy; everybody has the rights of their role."""
    play(install_defaults)
    play(cast.grant, *(each.key for each in record_types()))
    return plant_with_custom_fields(known, cast)


def plant_with_custom_fields(known, cast):
    add_custom_field(known)
    add_custom_field(known, is_personal=True)
    add_custom_field(known, is_personal_outside=True)
    return plant(known, cast.rep, examples=examples())


@every_type
def test_who_is_out_of_reach_finds_nothing(known, planted, cast):
    assert found_by((cast.colleague, cast.outsider), planted, set(planted.all_forms), OF_ONE) == {}


@every_type
def test_who_sees_the_record_reads_no_masked_value(known, planted, cast):
    for member in (cast.manager, cast.steward, cast.administrator):
        assert found_by((member,), planted, masked_for(member, planted), OF_ONE) == {}


def test_pages_about_every_type_name_nothing_out_of_reach_and_nothing_masked(cast):
    """Each is opened once by each member, with records of all types there."""
    play(install_defaults)
    play(cast.grant, *(each.key for each in record_types()))
    all_planted = [plant_with_custom_fields(known, cast) for known in TYPES]

    for member in (cast.colleague, cast.outsider):
        texts = opened_by((member,), all_planted[0], OF_ALL)
        for planted in all_planted:
            assert found_in(texts, planted, set(planted.all_forms)) == {}
    for member in (cast.manager, cast.steward, cast.administrator):
        texts = opened_by((member,), all_planted[0], OF_ALL)
        for planted in all_planted:
            assert found_in(texts, planted, masked_for(member, planted)) == {}


def test_pages_about_every_type_are_shut_to_somebody_without_rights(cast):
    play(install_defaults)
    all_planted = [plant(known, cast.rep, examples=examples()) for known in TYPES]
    texts = opened_by(cast, all_planted[0], OF_ALL)

    for planted in all_planted:
        assert found_in(texts, planted, set(planted.all_forms)) == {}


@every_type
def test_the_owner_finds_the_record_behind_every_door(known, planted, cast):
    """Else the tests above would be content with an empty page."""
    shown = {door.key for door in DOORS.values() if door.shows_record}
    texts = opened_by((cast.rep,), planted, DOORS)
    shut = {door for (door, _member), text in texts.items() if not text}

    assert shut - (set() if planted.parents else {"parent"}) == set()
    assert shown - {door for door, _member in found_in(texts, planted, set(planted.all_forms))} == set()


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
@pytest.mark.parametrize("level", [FieldLevel.HIDDEN, FieldLevel.MASKED])
def test_an_unreadable_field_is_no_filter_and_no_order(level, known, planted, cast):
    """Else somebody finds a value by asking for it often enough."""
    ruled = sorted(set(planted.forms) - {known.title_field})
    FieldRule.objects.bulk_create(
        FieldRule(role=Role.objects.get(key="sales_manager"), record_type=known.key, field=key, level=level)
        for key in ruled
    )
    epochs.bump("access")
    address = f"/api/v1/{known.slug}/"
    answered = {
        (key, what): status
        for key in ruled
        for what, query in (
            ("filter", {"filter": as_filter(key, "is_filled")}),
            ("order", {"sort": key}),
            ("order down", {"sort": f"-{key}"}),
        )
        if (status := api(cast.manager, address, **query).status_code) not in (400, 403, 422)
    }

    assert api(cast.manager, address).status_code == 200
    assert answered == {}


@every_type
def test_a_value_masked_for_somebody_is_not_found_by_asking_for_it(known, planted, cast):
    for key in masked_for(cast.steward, planted):
        field = known.field(key)
        asked = as_filter(key, "is", field.text(field.get(planted.record)))
        answer = api(cast.steward, f"/api/v1/{known.slug}/", filter=asked)
        assert planted.record.number not in answer.content.decode(), key


@every_type
def test_somebody_without_rights_finds_every_door_shut(known, cast):
    play(install_defaults)
    planted = plant(known, cast.rep, examples=examples())

    assert found_by(cast, planted, set(planted.all_forms), OF_ONE) == {}


@every_type
@pytest.mark.parametrize("level", [None, FieldLevel.HIDDEN, FieldLevel.MASKED])
def test_a_list_says_of_a_record_what_the_record_says_itself(level, known, planted, cast):
    """The API reads lists by column and single records as objects."""
    if level is not None:
        FieldRule.objects.bulk_create(
            FieldRule(role=Role.objects.get(key="sales_manager"), record_type=known.key, field=key, level=level)
            for key in planted.forms
            if key != known.title_field
        )
        epochs.bump("access")
    for member in (cast.rep, cast.manager, cast.steward, cast.administrator):
        items = api(member, f"/api/v1/{known.slug}/").json()["items"]
        for key in known.all_fields():
            if may_sort(known, member.actor, key):
                assert api(member, f"/api/v1/{known.slug}/", sort=key).json()["items"] == items
        for item in items:
            whole = api(member, f"/api/v1/{known.slug}/{item['id']}/").json()
            assert item == {key: value for key, value in whole.items() if key not in child_rows(known)}
        assert [item["id"] for item in items] == [planted.record.pk]


@every_type
def test_a_record_out_of_reach_answers_as_one_that_does_not_exist(known, planted, cast):
    client = cast.outsider.client()
    for path in ("/{slug}/{id}/", "/{slug}/{id}/edit/", "/{slug}/{id}/timeline/"):
        there = client.get(path.format(slug=known.slug, id=planted.record.pk))
        not_there = client.get(path.format(slug=known.slug, id=987_654_321))
        assert (there.status_code, not_there.status_code) == (404, 404), path
    there = api(cast.outsider, f"/api/v1/{known.slug}/{planted.record.pk}/")
    not_there = api(cast.outsider, f"/api/v1/{known.slug}/987654321/")
    assert (there.status_code, there.content) == (404, not_there.content)


@every_type
def test_a_rule_carries_nothing_personal_out_of_the_house_unless_it_was_agreed_to(known, planted, cast):
    step = Step(0, "contract", 1, 0, known, {"url": "https://example.com/"})
    target = Target(planted.record, rule_reader(), None)
    sent = json.dumps(rule_payload(step, target, frozenset()), ensure_ascii=False)
    places = " ".join(place for place, _label in place_choices(known))
    told = Filler(known, rule_reader(), "contract", outside=masked).fill(places, planted.record)
    mailed = Filler(known, rule_reader(), "contract", outside=mask_unless(frozenset())).fill(places, planted.record)

    assert planted.record.number in sent
    assert leaks(told, planted, {key for key in planted.forms if known.field(key).personal}) == {}
    for each in (planted, *planted.parents):
        kept_in = {key for key in each.forms if is_kept_in(each.record_type.field(key), each.record)}
        assert leaks(sent, each, kept_in) == {}
        assert leaks(mailed, each, kept_in) == {}
