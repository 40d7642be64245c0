"""The steward's review, the yearly re-check, consents (CUS-8, CUS-9, CUS-11, OPS-2)."""

import datetime as dt

import pytest
from django.db import transaction

from kezhi.access.actors import system_actor
from kezhi.access.models import User
from kezhi.access.policies import NotAllowed
from kezhi.access.rights import EPOCH
from kezhi.automation.actions.base import Step, Target, find_action
from kezhi.automation.defaults import install_rules
from kezhi.automation.models import Rule
from kezhi.automation.parameters import read_params
from kezhi.automation.scanning import start_due_tables
from kezhi.automation.tests.conftest import let_it_run
from kezhi.core import epochs
from kezhi.core.clock import now, today
from kezhi.core.figures import set_figure, text_figure
from kezhi.core.jobs import enqueue
from kezhi.customers.models import Customer
from kezhi.customers.operations import record_consent, review_customer, withdraw_consent
from kezhi.records.operations import InvalidRecord, change_record
from kezhi.records.registry import record_type
from kezhi.work.models import Task
from kezhi.work.operations import complete_task
from tests.scenes import play

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shipped_rules_in_force(people):
    play(install_rules)


@pytest.fixture
def reviewed_department(people):
    ref = people.administrator.actor.ref
    set_figure("customers.review", "new", actor_ref=ref, department_id=people.rep.user.department_id)


def test_new_records_wait_only_where_the_department_wants_it(reviewed_department, make_customer, people):
    assert make_customer().review == Customer.Review.WAITING
    assert make_customer("上海云启生物医药有限公司", by=people.outsider).review == Customer.Review.NONE


def test_a_doubtful_record_comes_back_as_its_owners_task(reviewed_department, make_customer, people):
    customer = make_customer()
    review_customer(customer, "doubtful", note="电话打不通", actor=people.steward.actor)
    let_it_run()

    customer.refresh_from_db()
    task = Task.objects.ungated("test").get()
    assert (customer.review, customer.review_note) == ("doubtful", "电话打不通")
    assert (task.owner_id, task.about_id, task.state) == (people.rep.user.pk, customer.pk, "open")
    assert task.title == "核实客户资料：电话打不通"


def test_the_owner_who_has_checked_it_brings_it_before_the_steward_again(make_customer, people):
    customer = make_customer()
    review_customer(customer, "doubtful", note="电话打不通", actor=people.steward.actor)
    let_it_run()
    complete_task(Task.objects.ungated("test").get(), actor=people.rep.actor, result="换了新号码")
    let_it_run()

    customer.refresh_from_db()
    assert (customer.review, customer.review_note) == ("waiting", "电话打不通")
    assert customer.name in people.steward.client().get("/").content.decode()

    review_customer(customer, "passed", actor=people.steward.actor)
    let_it_run()
    customer.refresh_from_db()
    assert customer.review == "passed"


def test_after_a_review_in_a_sheet_the_page_below_stays(make_customer, people):
    address = f"/customers/{make_customer().pk}/"
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/"}
    client = people.steward.client()

    answer = client.post(f"{address}review/", {"decision": "passed"}, headers=headers)
    assert answer.headers["HX-Redirect"] == "http://testserver/"

    headers["HX-Current-URL"] = "http://elsewhere.example/"
    answer = client.post(f"{address}review/", {"decision": "passed"}, headers=headers)
    assert answer.headers["HX-Redirect"] == address


def test_a_second_doubt_makes_no_second_task(make_customer, people):
    customer = make_customer()
    for decision in ("doubtful", "passed", "doubtful"):
        review_customer(customer, decision, note="电话打不通", actor=people.steward.actor)
    let_it_run()
    assert Task.objects.ungated("test").filter(state="open").count() == 1


def test_the_task_of_a_leavers_customer_goes_to_the_one_above(make_customer, people):
    customer = make_customer()
    User.objects.filter(pk=people.rep.id).update(is_active=False)
    epochs.bump(EPOCH)
    review_customer(customer, "doubtful", note="电话打不通", actor=people.steward.actor)
    let_it_run()
    assert Task.objects.ungated("test").get().owner_id == people.manager.id


def test_the_head_of_the_page_says_once_that_a_record_waits(reviewed_department, make_customer, people):
    page = people.steward.client().get(f"/customers/{make_customer().pk}/").content.decode()
    head = page.split('<div class="rechead', 1)[1].split("</header>", 1)[0].split('<nav class="path', 1)[0]

    assert head.count("待审核") == 1
    assert ">审核</a>" in head


def test_a_passed_review_is_the_day_of_verification_and_closes_the_task(make_customer, people):
    customer = make_customer()
    review_customer(customer, "doubtful", note="电话打不通", actor=people.steward.actor)
    let_it_run()
    review_customer(customer, "passed", actor=people.steward.actor)
    let_it_run()

    customer.refresh_from_db()
    assert customer.review == "passed"
    assert customer.verified_at is not None
    assert Task.objects.ungated("test").get().state == "done"


def test_a_passed_review_takes_the_verification_off_the_customers_dates(make_customer, people):
    customer = make_customer()
    review_customer(customer, "doubtful", note="电话打不通", actor=people.steward.actor)
    let_it_run()
    customer.refresh_from_db()
    assert customer.next_follow_at == Task.objects.ungated("test").get().due_at

    review_customer(customer, "passed", actor=people.steward.actor)
    let_it_run()

    customer.refresh_from_db()
    task = Task.objects.ungated("test").get()
    assert customer.next_follow_at is None
    assert (task.state, task.done_by_id, task.result) == ("done", None, "审核已通过")


def test_doubtful_needs_a_reason(make_customer, people):
    customer = make_customer()
    with pytest.raises(InvalidRecord):
        review_customer(customer, "doubtful", actor=people.steward.actor)

    assert Task.objects.ungated("test").count() == 0


def test_who_may_not_review_is_refused(make_customer, people):
    from kezhi.access.models import Grant
    from kezhi.core import epochs

    customer = make_customer()
    Grant.objects.filter(role__key="sales_rep", action="review").delete()
    epochs.bump("access")
    with pytest.raises(NotAllowed):
        review_customer(customer, "passed", actor=people.rep.actor)


def test_records_nobody_verified_for_a_year_come_back_in_batches(make_customer, people, clock_at):
    set_figure("customers.recheck_batch", 2, actor_ref=people.administrator.actor.ref)
    clock_at("2025-06-01 10:00")
    oldest, older, old = (make_customer(f"北京元庆科技{number}有限公司") for number in range(3))
    clock_at("2026-11-01 10:00")
    make_customer("上海云启生物医药有限公司")
    let_it_run()
    Rule.objects.update(turned_at=now())
    batches = []
    for _minute in range(2):
        clock_at("2026-12-01 07:00")
        enqueue(start_due_tables)
        let_it_run()
        batches.append(set(Task.objects.ungated("test").values_list("about_id", flat=True)))
    # Looking again in the same month brings nothing more.
    assert batches == [{oldest.pk, older.pk}] * 2
    assert set(Customer.objects.ungated("test").filter(review="doubtful").values_list("review_note", flat=True)) == {
        "很久没有核实，请核对电话、联系人和地址"
    }
    clock_at("2027-01-01 07:00")
    enqueue(start_due_tables)
    let_it_run()
    assert set(Task.objects.ungated("test").values_list("about_id", flat=True)) == {oldest.pk, older.pk, old.pk}


@pytest.mark.parametrize(
    ("reason", "zh", "en"),
    [
        ({"zh": "请核对{name}", "en": "Check {name}"}, "请核对北京元庆科技有限公司", "Check 上海云启生物医药有限公司"),
        ("请核对电话", "请核对电话", "请核对电话"),  # as rules were stored before they had two languages
    ],
)
def test_what_to_verify_is_written_in_the_owners_language(reason, zh, en, make_customer, people):
    action, customers = find_action("recheck_customer"), record_type("customer")
    params = read_params(action, {"reason": reason}, customers, "with")
    notes = []
    for language, name in (("zh-hans", "北京元庆科技有限公司"), ("en", "上海云启生物医药有限公司")):
        User.objects.filter(pk=people.rep.user.pk).update(language=language)
        customer = make_customer(name)
        with transaction.atomic():
            action.perform(Step(1, "规则", 1, 0, customers, params), [Target(customer, system_actor("rules"), None)])
        customer.refresh_from_db()
        notes.append((customer.review, customer.review_note))

    assert notes == [("doubtful", zh), ("doubtful", en)]


def test_a_resident_id_is_accepted_only_while_consent_covers_it(make_customer, people):
    customer = make_customer()
    actor = people.rep.actor
    with pytest.raises(InvalidRecord):
        change_record(customer, {"note": "身份证 11010519491231002X"}, actor=actor)
    consent = record_consent(customer, "resident_id", given_on=today(), how="签字的登记表", actor=people.rep.actor)
    change_record(customer, {"note": "身份证 11010519491231002X"}, actor=people.rep.actor)
    withdraw_consent(consent, actor=people.rep.actor)
    with pytest.raises(InvalidRecord):
        change_record(customer, {"note": "另一个 11010519491231002X"}, actor=people.rep.actor)


def test_a_consent_of_tomorrow_is_refused(make_customer, people):
    customer = make_customer()
    with pytest.raises(InvalidRecord) as refused:
        record_consent(customer, "contact_sms", given_on=today() + dt.timedelta(days=1), how="", actor=people.rep.actor)

    assert set(refused.value.problems) == {"given_on", "how"}
    assert customer.consents.count() == 0


def test_what_is_reviewed_is_chosen_from_a_list_for_all_or_a_department(people):
    people.grant("settings", actions=["figures"])
    client = people.administrator.client()
    page = client.get("/settings/figures/").content.decode()
    assert '<option value="new">只审新建的</option>' in page

    department = people.rep.user.department_id
    posted = {"on": "figure", "department": department, "value": "all"}
    assert client.post("/settings/figures/customers.review/", posted).status_code == 302
    assert text_figure("customers.review", department) == "all"
    assert text_figure("customers.review") == "off"
    shown = client.get("/settings/figures/customers.review/").content.decode()
    assert shown.count('<option value="all" selected>新建与修改都审</option>') == 1
    assert client.post("/settings/figures/customers.review/", {"value": "sometimes"}).status_code == 422


def test_who_reviews_may_doubt_a_record_nobody_asked_to_look_at(make_customer, people):
    customer = make_customer()
    page = people.steward.client().get(f"/customers/{customer.pk}/").content.decode()

    assert customer.review == Customer.Review.NONE
    assert f'href="/customers/{customer.pk}/review/"' in page
