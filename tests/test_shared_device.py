"""A device several people use: what one read does not stay for the next."""

import pytest
from playwright.sync_api import expect

from kezhi.access.models import Session
from kezhi.records.defaults import install_defaults
from kezhi.records.operations import create_record
from kezhi.records.registry import record_type

NAME = "苏州澜图科技有限公司"


@pytest.fixture
def customer(transactional_db, cast):
    install_defaults()
    cast.grant("customer", "contact", "follow_up", "task")
    return create_record(record_type("customer"), {"name": NAME}, actor=cast.rep.actor)


def test_no_page_of_somebody_signed_in_is_kept_by_the_browser(customer, cast):
    client = cast.rep.client()
    answers = {path: client.get(path)["Cache-Control"] for path in ("/", "/customers/", f"/customers/{customer.pk}/")}

    assert answers == dict.fromkeys(answers, "private, no-store")


def test_who_signs_out_leaves_nothing_to_go_back_to(page, sign_in, customer, cast):
    sign_in(cast.rep)
    page.goto("/customers/")
    expect(page.get_by_role("link", name=NAME)).to_be_visible()
    page.goto("/me/")
    Session.objects.all().delete()
    page.context.clear_cookies()
    page.goto("/sign-in/")
    page.go_back()
    page.go_back()

    expect(page.get_by_label("密码")).to_be_visible()
    assert NAME not in page.content()
    # What a page asks for by itself, such as its counts, is refused once the session has ended.
    page.errors[:] = [error for error in page.errors if "401" not in error]


def test_a_page_kept_for_use_without_network_goes_with_its_readers_session(page, sign_in, customer, cast):
    """A session that ran out or was ended from elsewhere presses no button to sign out."""
    sign_in(cast.rep)
    page.goto("/me/")
    page.evaluate("navigator.serviceWorker.ready")
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    page.goto(f"/customers/{customer.pk}/follow-up/")
    page.wait_for_function("async () => (await (await caches.open('pages')).keys()).length === 1")
    Session.objects.all().delete()
    page.goto("/")
    expect(page.get_by_label("密码")).to_be_visible()
    page.wait_for_function("async () => !(await caches.has('pages'))")
    page.context.set_offline(True)
    page.goto(f"/customers/{customer.pk}/follow-up/")

    expect(page.get_by_role("heading", name="暂时连不上")).to_be_visible()
    assert NAME not in page.content()
    page.errors.clear()  # the scripts say that the network is gone
