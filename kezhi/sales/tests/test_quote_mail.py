"""A quote by mail, the whole way over a real mail server: the PDF that was kept, and a link for its recipient only."""

import email
import re
from email import policy

import pytest
from django.test import Client

from kezhi.access.actors import system_actor
from kezhi.core.figures import set_figure
from kezhi.core.jobs import run_pending
from kezhi.exchange.channels.operations import save_setup
from kezhi.exchange.tests.servers import mail_server
from kezhi.sales.models import QuotePaper
from kezhi.sales.operations.quote_lines import set_quote_lines
from kezhi.sales.views.private_links import CODES, MISSES, PAGES

pytestmark = pytest.mark.django_db
SYSTEM = system_actor("tests")
RECIPIENT = "wang@lantu.example"


@pytest.fixture
def mails():
    """What the mail server took, oldest first."""
    for throttle in (PAGES, MISSES, CODES):
        throttle.forget()
    set_figure("outgoing.allowed_hosts", "127.0.0.1", actor_ref=SYSTEM.ref)
    with mail_server() as server:
        options = {
            "host": "127.0.0.1",
            "port": server.port,
            "security": "none",
            "user": "",
            "sender": "crm@kezhi.example",
        }
        save_setup("mail", is_on=True, options={**options, "sender_name": ""}, secrets={}, actor=SYSTEM)

        def taken():
            run_pending()
            return [email.message_from_bytes(one.content, policy=policy.default) for one in server.mails]

        yield taken


@pytest.fixture
def quote(make, make_quote, people):
    made = make_quote(name="两台服务器")
    product = make("product", name="机架服务器", code="SRV-8", price="50000")
    set_quote_lines(made, [{"product": product.pk, "quantity": "2"}], actor=people.rep.actor)
    return made


def _send(people, quote, **more):
    values = {"way": "mail", "to": RECIPIENT, "subject": "报价", "body": "您好，请看报价。"}
    assert people.rep.client().post(f"/quotes/{quote.pk}/sending/", values | more).status_code == 302


def _words(mail):
    return mail.get_body(("plain",)).get_content()


def test_the_recipient_gets_paper_and_link_and_opens_it_with_the_code_from_a_second_mail(mails, quote, people):
    _send(people, quote, with_paper="on", locked="on")
    [letter] = mails()
    [paper] = letter.iter_attachments()
    assert paper.get_content_type() == "application/pdf"
    assert paper.get_content() == bytes(QuotePaper.objects.get(quote_id=quote.pk).content)

    client = Client()
    address = re.search(r"/p/[\w-]+/", _words(letter))[0]
    assert "两台服务器" not in client.get(address).content.decode()
    client.post(address, {"lock": "ask", "email": RECIPIENT})
    told = mails()[1]
    assert told["To"] == RECIPIENT
    code = re.search(r"\b\d{6}\b", told["Subject"])[0]
    assert client.post(address, {"lock": "open", "code": code}).status_code == 302
    assert "两台服务器" in client.get(address).content.decode()


def test_without_paper_and_lock_the_mail_is_light_and_its_link_opens(mails, quote, people):
    _send(people, quote)
    [letter] = mails()
    assert list(letter.iter_attachments()) == []
    assert "两台服务器" in Client().get(re.search(r"/p/[\w-]+/", _words(letter))[0]).content.decode()
