"""The pages of channels and webhooks on a phone and a desk, light and dark: nobody is shut out, nothing runs over."""

import pytest

from kezhi.access.actors import system_actor
from kezhi.access.defaults import load_default_roles
from kezhi.access.models import Department
from kezhi.access.rights import EPOCH as ACCESS
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.exchange.channels.operations import save_setup
from kezhi.exchange.models import ChannelSetup, Delivery, Source
from kezhi.exchange.webhooks.operations import add_subscription
from kezhi.exchange.webhooks.outflow import ask_outflow
from kezhi.exchange.webhooks.receiving import add_endpoint, receive

pytestmark = pytest.mark.django_db(transaction=True)

SIZES = {"phone": (360, 740), "desk": (1280, 800)}


@pytest.fixture
def addresses(transactional_db, cast):
    """Every page with something on it."""
    load_default_roles(actor=system_actor("tests"))
    cast.grant("customer", "contact")
    cast.grant("settings", actions=["channels"])
    Department.objects.filter(key="cast-company").update(head=cast.manager.user)
    epochs.bump(ACCESS)
    actor = cast.administrator.actor
    options = {"host": "smtp.example.com", "port": 465, "security": "ssl", "user": "crm", "sender": "crm@example.com"}
    save_setup("mail", is_on=True, options=options, secrets={"password": "x"}, actor=actor)
    save_setup("feishu", is_on=True, options={}, secrets={"robot": "https://open.feishu.cn/x"}, actor=actor)
    values = {"host": "smtp.example.com"}
    ChannelSetup.objects.filter(pk="mail").update(down_since=now(), problem_code="reach.refused", problem_values=values)
    row, _secret = add_subscription(
        "ERP", "https://erp.example.com/a-rather-long-address", [], ["customer"], actor=actor
    )
    for number, state in enumerate(("delivered", "failed", "waiting", "withheld")):
        Delivery.objects.create(
            subscription=row, event_id=number, kind="record.created", record_type="customer", record_id=number + 1,
            key=f"kezhi_{row.pk}_{number}", state=state, attempts=number, status=200, answer="x" * 300,
            problem_code="webhook.status", problem_values={"status": 500}, created_at=now(),
        )  # fmt: skip
    grant = ask_outflow(Source.WEBHOOK, row.pk, row.name, row.host, ["customer.phone"], "发货", actor=actor)
    endpoint, _token, _secret = add_endpoint("官网表单", is_signed=False, actor=actor)
    receive(endpoint, b"{}", {"webhook-id": "msg_" + "x" * 60})
    hook = f"/settings/webhooks/{row.pk}/"
    return [
        "/settings/channels/",
        "/settings/channels/mail/",
        "/settings/channels/feishu/",
        "/settings/channels/sms/",
        "/me/robots/",
        "/settings/webhooks/",
        "/settings/webhooks/new/",
        hook,
        f"{hook}edit/",
        f"{hook}outflow/",
        f"{hook}deliveries/{row.deliveries.get(state='failed').pk}/",
        "/settings/webhooks/in/new/",
        f"/settings/webhooks/in/{endpoint.pk}/",
        "/settings/outflow/",
        f"/settings/outflow/{grant.pk}/",
    ]


@pytest.mark.early
@pytest.mark.parametrize(("size", "theme", "language"), [("phone", "dark", "en"), ("desk", "light", "zh-hans")])
def test_every_page_is_within_everybodys_reach(size, theme, language, addresses, cast, page, sign_in, axe):
    cast.administrator.user.language = language
    cast.administrator.user.theme = theme
    cast.administrator.user.save()
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    sign_in(cast.administrator)
    found = []
    for address in addresses:
        answer = page.goto(address)
        if answer.status != 200:
            found.append(f"{address} answers {answer.status}")
        if (reached := page.evaluate("document.documentElement.scrollWidth")) > width:
            found.append(f"{address} scrolls sideways to {reached}")
        found += axe(address)

    assert found == []
