"""Promises nobody can keep are flagged before a mail about a quote leaves, and in templates (FUP-6)."""

import pytest

from kezhi.access.actors import system_actor
from kezhi.automation.models import MessageTemplate
from kezhi.core.figures import set_figure
from kezhi.core.models import Job
from kezhi.records.unkeepable import promises_in
from kezhi.sales.models import Quote
from kezhi.sales.operations.quote_lines import set_quote_lines

pytestmark = pytest.mark.django_db

MAIL = {"way": "mail", "to": "wang@lantu.example", "subject": "报价", "body": "这是绝对 低价，24小时解决问题"}
TEMPLATE = {"record_type": "customer", "name_zh": "问候", "title_zh": "您好", "body_zh": "我们保证解决"}


@pytest.fixture
def quote(make_quote, make, people, monkeypatch):
    monkeypatch.setattr("kezhi.sales.quote_sending.mail_is_on", lambda: True)
    product = make("product", name="备份服务器", price="30000")
    made = make_quote()
    set_quote_lines(made, [{"product": product.pk, "quantity": "1"}], actor=people.rep.actor)
    return made


def told(page):
    """The words the warning names; "" while it is hidden."""
    part = page.content.decode().split('data-unkeepable-target="notice"', 1)[1]
    if part.split(">", 1)[0].strip() == "hidden":
        return ""
    return part.split('data-unkeepable-target="words">', 1)[1].split("<", 1)[0]


def state(quote):
    return Quote.objects.ungated("test").get(pk=quote.pk).state


def test_a_mail_with_such_a_promise_does_not_leave_before_somebody_agreed(quote, people):
    client = people.rep.client()
    address = f"/quotes/{quote.pk}/sending/"
    assert told(client.get(address)) == ""
    refused = client.post(address, MAIL)

    assert (refused.status_code, told(refused)) == (422, "绝对低价 · 24小时解决")
    assert "这是绝对 低价" in refused.content.decode()
    assert (state(quote), Job.objects.filter(name="sales.quote_mail").count()) == ("draft", 0)
    assert client.post(address, {**MAIL, "anyway": "1"}).status_code == 302
    assert (state(quote), Job.objects.filter(name="sales.quote_mail").count()) == ("sent", 1)


def test_a_plain_mail_leaves_at_once(quote, people):
    answer = people.rep.client().post(f"/quotes/{quote.pk}/sending/", {**MAIL, "body": "报价见链接"})
    assert (answer.status_code, state(quote)) == (302, "sent")


def test_a_template_says_so_while_it_is_looked_at_and_when_it_is_saved(people):
    people.grant("automation", actions=("view", "edit"))
    client = people.administrator.client()
    preview = client.post("/settings/templates/new/", {**TEMPLATE, "act": "preview"})
    assert told(preview) == "保证解决"
    saved = client.post("/settings/templates/new/", TEMPLATE, follow=True)

    template = MessageTemplate.objects.get(name_zh="问候")
    assert "模板“问候”里有不该承诺的说法：保证解决" in saved.content.decode()
    assert told(client.get(f"/settings/templates/{template.pk}/")) == "保证解决"


def test_the_list_is_the_administrators(people):
    set_figure("engagement.no_promises", "包治百病 终身保修", actor_ref=system_actor("test").ref)
    assert promises_in("我们终身 保修", "绝对低价") == ["终身保修"]
