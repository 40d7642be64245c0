import json

import pytest
from django.db import connection, transaction

from kezhi.core import sealing
from kezhi.core.events import ActorRef, EventDraft, EventKind, read_changes, record_events, register_event_kind
from kezhi.core.models import Event, EventSubject, Outbox, Seal
from kezhi.core.sealing import (
    from_ranges,
    seal_all,
    seal_events,
    shred_personal_values,
    to_ranges,
    verify_chain,
)
from kezhi.core.tests.test_jobs_at_once import at_once
from kezhi.core.turns import has_turn

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("data_folder")]

register_event_kind(EventKind("core_tests.happened", "发生"))
ACTOR = ActorRef("user", "李雷", "page", user_id=1)


def happen(count: int = 1) -> list[Event]:
    drafts = [
        EventDraft(
            kind="core_tests.happened",
            record_type="thing",
            record_id=number,
            actor=ACTOR,
            changes={"name": ("甲", "乙"), "phone": (None, "+8613812345678")},
            personal=frozenset({"phone"}),
            also=[("owner", 7)],
        )
        for number in range(count)
    ]
    with transaction.atomic():
        return record_events(drafts)


def findings() -> list[tuple[str, str]]:
    return [(finding.kind, finding.events) for finding in verify_chain()]


@pytest.fixture
def sealed() -> list[Event]:
    """Three links over ten, ten and five events."""
    events = happen(25)
    while seal_events(limit=10):
        pass
    return events


def test_ranges_are_written_and_read_back():
    assert to_ranges([1, 2, 3, 7, 9, 10]) == "1-3,7,9-10"
    assert from_ranges("1-3,7,9-10") == [(1, 3), (7, 7), (9, 10)]
    assert from_ranges("") == []


def test_an_untouched_log_has_no_findings(sealed):
    assert findings() == []
    assert Outbox.objects.count() == 0
    assert list(Seal.objects.order_by("pk").values_list("count", flat=True)) == [10, 10, 5]


def test_events_that_wait_for_their_seal_are_no_findings(sealed):
    happen()

    assert findings() == []
    assert seal_all() == 1
    assert findings() == []


@pytest.mark.parametrize(
    "change",
    [
        {"actor_id": 2},
        {"actor_label": "韩梅梅"},
        {"changes": '{"name":["甲","丙"]}'},
        {"facts": '{"amount":1}'},
        {"record_id": 99},
        {"door": "api"},
        {"changes": "not json"},
    ],
)
def test_a_changed_event_is_found_in_its_batch(sealed, change):
    Event.objects.filter(pk=sealed[12].pk).update(**change)

    assert findings() == [("changed", f"{sealed[10].pk}-{sealed[19].pk}")]


def test_a_changed_personal_value_is_found(sealed):
    stored = Event.objects.get(pk=sealed[12].pk)
    changes = json.loads(stored.changes)
    changes["phone"] = json.loads(Event.objects.get(pk=sealed[11].pk).changes)["phone"]
    Event.objects.filter(pk=stored.pk).update(changes=json.dumps(changes))

    assert findings() == [("changed", f"{sealed[10].pk}-{sealed[19].pk}")]


def test_an_event_taken_from_a_record_is_found(sealed):
    EventSubject.objects.filter(event=sealed[3], record_type="owner").delete()

    assert findings() == [("changed", f"{sealed[0].pk}-{sealed[9].pk}")]


def test_deleted_events_are_named(sealed):
    Event.objects.filter(pk__in=[sealed[3].pk, sealed[4].pk]).delete()

    assert findings() == [("deleted", f"{sealed[3].pk}-{sealed[4].pk}")]
    assert f"{sealed[3].pk}-{sealed[4].pk}" in verify_chain()[0].message


def test_an_inserted_event_is_named(sealed):
    stranger = Event.objects.get(pk=sealed[0].pk)
    stranger.pk = None
    stranger.save(force_insert=True)

    assert findings() == [("inserted", str(stranger.pk))]


def test_a_link_that_was_cut_out_is_found(sealed):
    middle = Seal.objects.order_by("pk")[1]
    Event.objects.filter(pk__in=[event.pk for event in sealed[10:20]]).delete()
    middle.delete()

    assert findings() == [("link", f"{sealed[20].pk}-{sealed[24].pk}")]


def test_an_end_that_was_cut_off_is_found(sealed):
    Event.objects.filter(pk__in=[event.pk for event in sealed[20:]]).delete()
    Seal.objects.order_by("pk").last().delete()

    assert findings() == [("head", "")]


def test_a_chain_written_anew_from_the_middle_is_found(sealed):
    Event.objects.filter(pk=sealed[24].pk).update(actor_id=2)
    Seal.objects.order_by("pk").last().delete()
    Outbox.objects.bulk_create([Outbox(event_id=event.pk) for event in sealed[20:]])
    remembered = sealing._head_path().read_text()
    seal_all()
    sealing._head_path().write_text(remembered)

    assert findings() == [("head", "")]


def test_shredding_personal_values_leaves_the_chain_whole(sealed):
    assert shred_personal_values(Event.objects.all()) == 25
    assert shred_personal_values(Event.objects.all()) == 0

    assert read_changes(Event.objects.first()) == {"name": ("甲", "乙")}
    assert findings() == []


def test_readers_see_every_event_once_and_an_error_seals_nothing(monkeypatch):
    seen: list[int] = []
    monkeypatch.setattr("kezhi.core.sealing._readers", {})

    def reader(events):
        if len(events) == 2:
            raise ValueError("cannot")
        seen.extend(event.pk for event in events)

    sealing.register_event_reader("test", reader)
    events = happen(2)
    with pytest.raises(ValueError, match="cannot"):
        seal_events()
    assert (Seal.objects.count(), Outbox.objects.count()) == (0, 2)
    events += happen(1)
    seal_all()

    assert seen == [event.pk for event in events]
    assert findings() == []


def test_a_sealer_that_was_overtaken_seals_nothing_twice(monkeypatch):
    happen(3)
    usual = sealing._canonical_lines

    def overtaken(events):
        monkeypatch.setattr(sealing, "_canonical_lines", usual)
        assert seal_events() == 3
        return usual(events)

    monkeypatch.setattr(sealing, "_canonical_lines", overtaken)

    assert seal_events() == 0
    assert Seal.objects.count() == 1
    assert findings() == []


def test_what_a_reader_prepares_is_handed_to_it_with_the_same_events(monkeypatch):
    seen: list[tuple[list[int], bool, int]] = []
    monkeypatch.setattr("kezhi.core.sealing._readers", {})
    sealing.register_event_reader(
        "test",
        lambda events, prepared: seen.append(([event.pk for event in events], connection.in_atomic_block, prepared)),
        prepare=lambda events: len(events) if not connection.in_atomic_block else -1,
    )
    events = happen(3)

    seal_all()

    assert seen == [([event.pk for event in events], True, 3)]


def test_many_sealers_at_once_seal_every_event_once(monkeypatch):
    seen: list[int] = []
    monkeypatch.setattr("kezhi.core.sealing._readers", {})
    sealing.register_event_reader("test", lambda events: seen.extend(event.pk for event in events))
    events = happen(120)

    def seal_some(_number: int) -> int:
        return sum(seal_events(limit=10) for _round in range(8))

    sealed = sum(at_once(seal_some, 6)) + seal_all()

    assert sealed == 120
    assert sorted(seen) == [event.pk for event in events]
    assert findings() == []


def test_a_turn_lasts_as_long_as_its_transaction():
    with pytest.raises(RuntimeError, match="transaction"):
        has_turn("sealing")
    with transaction.atomic():
        assert has_turn("sealing")
        if connection.vendor == "postgresql":
            assert at_once(lambda _number: try_in_a_transaction(), 1) == [False]
    assert at_once(lambda _number: try_in_a_transaction(), 1) == [True]


def try_in_a_transaction() -> bool:
    with transaction.atomic():
        return has_turn("sealing")
