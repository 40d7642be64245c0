# zh-data: names of the demo company
"""The demo company is what it says: consistent, obeying the rules everybody obeys, and loaded only once."""

import datetime as dt
from collections import defaultdict
from itertools import pairwise

import pytest
import time_machine
from django.contrib.auth import authenticate
from django.db import transaction

from kezhi.access.actors import user_actor
from kezhi.access.models import Absence, Department, User
from kezhi.access.rights import stand_ins
from kezhi.core import epochs
from kezhi.core.clock import clock_at, now, today
from kezhi.core.models import Event
from kezhi.core.values.phone import parse_phone
from kezhi.customers.models import Contact, Customer, MatchCandidate
from kezhi.engagement.models import FollowUp
from kezhi.process.demo import PASSWORD, DemoProblem, load_demo, sign_ins
from kezhi.process.demo.featured import FEATURED
from kezhi.process.demo.words import combinations
from kezhi.records.models import CustomValue, RecordFile, SavedView
from kezhi.sales.models import Lead, LeadSource, Opportunity
from kezhi.sales.source_facts import source_facts
from kezhi.work.models import Task

pytestmark = pytest.mark.xdist_group("demo")  # one process loads what all of them look at

NOON = dt.datetime(2026, 11, 24, 4, 0, tzinfo=dt.UTC)  # Tuesday, 12:00 in Shanghai
SIZE = 70


@pytest.fixture(scope="module")
def _loaded(django_db_setup, django_db_blocker, tmp_path_factory):
    """The demo company, loaded once for this module and rolled back after it."""
    from django.test import override_settings

    with (
        django_db_blocker.unblock(),
        override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("demo")),
        time_machine.travel(NOON, tick=False),
    ):
        epochs.forget_all()
        with transaction.atomic():
            load_demo(SIZE)
            yield
            transaction.set_rollback(True)
    epochs.forget_all()


@pytest.fixture
def demo(_loaded, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


def customers():
    return Customer.objects.ungated("test")


def follow_ups():
    return FollowUp.objects.ungated("test")


def tasks():
    return Task.objects.ungated("test")


def test_there_are_as_many_customers_as_asked_for_and_a_few_twice(demo):
    qualified = Event.objects.filter(kind="lead.qualified").count()  # leads of the past came with their customers
    assert customers().count() == SIZE + 7 + qualified
    assert Contact.objects.ungated("test").count() > SIZE
    assert follow_ups().count() > 3 * SIZE


def test_last_years_customers_came_from_leads_of_sources_that_had_begun(demo):
    became = Lead.objects.ungated("test").filter(state=Lead.State.QUALIFIED).select_related("customer", "source")
    lost = Lead.objects.ungated("test").filter(state=Lead.State.DISQUALIFIED)
    assert min(became.count(), lost.count()) > 5
    assert all(lead.customer.name == lead.name and lead.source.created_at <= lead.entered_at for lead in became)
    sources = LeadSource.objects.ungated("test")
    facts = source_facts(sources.values_list("pk", flat=True))
    assert {row.pk: (row.lead_count, row.effective_count, row.won_amount) for row in sources} == facts
    sold = Opportunity.objects.ungated("test").filter(lead__isnull=False).select_related("lead")
    assert all(row.lead.customer_id == row.customer_id and row.lead.entered_at <= row.created_at for row in sold)


def test_last_follow_up_is_the_latest_that_happened(demo):
    latest = defaultdict(list)
    for customer_id, happened_at in follow_ups().values_list("customer_id", "happened_at"):
        latest[customer_id].append(happened_at)

    spoken_to = Lead.objects.ungated("test").filter(state=Lead.State.QUALIFIED, last_contacted_at__isnull=False)
    for lead in spoken_to:
        latest[lead.customer_id] += [lead.first_contacted_at, lead.last_contacted_at]
    for pk, first, last in customers().values_list("pk", "first_followed_at", "last_followed_at"):
        assert (first, last) == ((min(latest[pk]), max(latest[pk])) if pk in latest else (None, None))


def test_next_follow_up_is_the_earliest_open_task(demo):
    due = defaultdict(list)
    for about_id, due_at in tasks().filter(about_type="customer", state="open").values_list("about_id", "due_at"):
        due[about_id].append(due_at)

    for pk, planned in customers().values_list("pk", "next_follow_at"):
        assert planned == (min(due[pk]) if pk in due else None)


def test_nothing_happens_in_the_future_or_before_the_customer_was_there(demo):
    created = dict(customers().values_list("pk", "created_at"))
    for row in follow_ups():
        assert created[row.customer_id] < row.happened_at < row.created_at <= NOON
        assert row.next_due_at is None or row.next_due_at > row.created_at
    for row in tasks().exclude(state="open"):
        assert row.created_at < row.done_at <= NOON
        assert row.done_by_id == row.owner_id


def test_numbers_are_unique_and_rise_with_time(demo):
    for rows in (customers(), follow_ups(), tasks(), Contact.objects.ungated("test")):
        listed = list(rows.order_by("pk").values_list("number", "created_at"))

        assert len({number for number, _at in listed}) == len(listed)
        assert all(first < second for (first, _), (second, _) in pairwise(listed))
        assert all(first <= second for (_, first), (_, second) in pairwise(listed))


def test_events_lie_in_the_order_in_which_they_happened(demo):
    moments = list(Event.objects.order_by("pk").values_list("at", flat=True))

    assert moments == sorted(moments)
    assert moments[-1] <= NOON


def test_every_record_has_the_event_of_its_creation_by_its_author(demo):
    created = {
        (row.record_type, row.record_id): (row.actor_id, row.at) for row in Event.objects.filter(kind="record.created")
    }
    for key, rows in (("customer", customers()), ("follow_up", follow_ups()), ("task", tasks())):
        for row in rows:
            assert created[key, row.pk] == (row.created_by_id, row.created_at)


def test_every_owner_still_works_here(demo):
    assert set(customers().filter(owner__isnull=False).values_list("owner__is_active", flat=True)) == {True}
    assert set(tasks().filter(state="open").values_list("owner__is_active", flat=True)) == {True}


def test_a_leaver_left_a_history_but_no_customers(demo):
    leaver = User.objects.get(username="xuhang")

    assert not leaver.is_active
    assert leaver.ended_at is not None
    assert not customers().filter(owner=leaver).exists()


def test_a_handful_waits_in_the_pool_and_nobody_else_is_about_to_fall_into_it(demo):
    waiting = customers().filter(owner=None, pool_reason="quiet").count()

    assert waiting <= 6
    due = customers().filter(owner__isnull=False, recall_on__lte=today())
    assert set(due.values_list("name", flat=True)) <= {featured.name for featured in FEATURED}
    assert customers().filter(last_followed_at__lt=NOON - dt.timedelta(days=180)).exists()


def test_the_first_customer_has_the_number_of_the_handbook(demo):
    first = customers().order_by("pk").first()

    assert (first.number, first.name, first.level) == ("C2023100001", "嘉兴南湖医药有限公司", "VIP")


def test_the_figures_of_the_handbooks_can_be_seen(demo):
    assert customers().filter(last_followed_at__lt=NOON - dt.timedelta(days=182), next_follow_at=None).exists()
    assert customers().filter(last_followed_at=None).exists()
    assert customers().filter(review="doubtful").exists()
    assert customers().filter(owner=None, name="宁波海曙冷链有限公司").exists()
    assert customers().filter(kind="person").exists()
    assert tasks().filter(state="open", due_at__lt=NOON).exists()
    assert tasks().filter(state="open", due_at__gte=NOON, due_at__lt=NOON + dt.timedelta(hours=12)).exists()
    assert tasks().filter(state="dropped").exclude(result="").exists()
    assert follow_ups().filter(signal="negative").exclude(no_next_reason="").exists()
    assert CustomValue.objects.filter(field__name_zh="机房面积（平方米）", number__gt=0).exists()
    assert set(SavedView.objects.filter(owner__isnull=False).values_list("sharing", flat=True)) == {
        "private",
        "department",
        "all",
    }


def test_phones_are_valid_and_invented(demo):
    phones = [row.phone for row in customers() if row.phone]
    phones += [row.phone for row in Contact.objects.ungated("test") if row.phone]

    for phone in phones:
        assert parse_phone(phone) == phone
        assert "0000" in phone or "5550" in phone


def test_the_same_customer_entered_twice_waits_for_a_decision(demo):
    pairs = MatchCandidate.objects.filter(state="open")

    assert pairs.count() >= 5
    assert all(pair.first_id < pair.second_id for pair in pairs)


def test_a_contact_who_left_names_the_successor(demo):
    gone = Contact.objects.ungated("test").get(name="钱伯言")

    assert (gone.has_left, gone.successor.name) == (True, "沈知远")
    assert customers().get(name="苏州澜图科技有限公司").primary_contact_name == "沈知远"


def test_departments_form_a_tree_with_heads(demo):
    team = Department.objects.get(key="sales-1-a")

    assert [team.parent.key, team.parent.parent.key, team.parent.parent.parent.key] == ["sales-1", "sales", "yunshan"]
    assert not Department.objects.filter(head=None).exists()


def test_somebody_is_away_and_somebody_stands_in(demo):
    away = Absence.objects.get()

    assert stand_ins() == {away.user_id: away.stand_in_id}
    assert (away.user.username, away.stand_in.username) == ("chenhao", "wanglei")


def test_a_rep_sees_their_own_customers_and_the_manager_all_of_theirs(demo):
    rep, manager = (User.objects.get(username=name) for name in ("zhaomin", "wenjing"))
    own = set(Customer.objects.visible_to(user_actor(rep.pk)).values_list("owner_id", flat=True))
    below = set(Customer.objects.visible_to(user_actor(manager.pk)).values_list("owner__username", flat=True))

    assert own == {rep.pk}
    assert {"zhaomin", "wanglei", "sunyue"} <= below
    assert not {"linxiaotong", "fangke"} & below


def test_everybody_listed_signs_in_with_the_printed_password(demo):
    people = sign_ins()

    assert next(person.username for person in people) == "xuli"
    assert {"wenjing", "wanglei", "zhaomin", "hejianguo", "zhouqian", "luhang", "wurong", "qiuzhengyan"} < {
        person.username for person in people
    }
    user = authenticate(username="wanglei", password=PASSWORD)
    assert user is not None
    assert not user.must_change_password


def test_files_hang_on_customers(demo):
    assert set(RecordFile.objects.values_list("name", flat=True)) >= {"两地三中心方案 v3.pdf", "恢复演练记录.txt"}


def test_it_is_loaded_once(demo):
    before = customers().count()

    with pytest.raises(DemoProblem, match="已经有演示公司"):
        load_demo(SIZE, force=True)

    assert customers().count() == before


def test_it_is_not_loaded_over_people_who_work_here(cast):
    with pytest.raises(DemoProblem, match="--force"):
        load_demo(12)

    assert not Customer.objects.ungated("test").exists()


@pytest.mark.django_db
def test_nothing_stays_of_a_load_that_was_broken_off():
    def lights_out(done, of_all):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load_demo(3, progress=lights_out)
    epochs.forget_all()

    assert not User.objects.exists()
    assert not customers().exists()


@pytest.mark.django_db
def test_the_same_seed_makes_the_same_company(clock_at):
    clock_at("2026-11-22 20:15")  # a Sunday evening
    told = []
    for seed in (7, 7, 8):
        try:
            with transaction.atomic():
                load_demo(15, seed)
                rows = follow_ups().order_by("number").values_list("customer__name", "happened_at", "summary")
                told.append([*customers().order_by("number").values_list("name", "phone", "level"), *rows])
                raise _Undo
        except _Undo:
            epochs.forget_all()

    assert told[0] == told[1]
    assert told[0] != told[2]


def test_there_are_hundreds_of_different_sentences():
    assert combinations() > 2000


def test_a_held_clock_lets_go_again(time_machine):
    time_machine.move_to(NOON, tick=False)
    with clock_at(NOON - dt.timedelta(days=1)):
        assert now() == NOON - dt.timedelta(days=1)

    assert now() == NOON
    with pytest.raises(ValueError, match="zone"), clock_at(dt.datetime(2026, 1, 1)):
        pass


class _Undo(Exception):
    """Takes back what a load wrote."""
