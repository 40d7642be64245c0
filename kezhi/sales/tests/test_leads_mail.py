"""Mail becomes leads, or finds the lead, customer or contact it is from (LEAD-1, LEAD-2, CUS-13, FUP-4)."""

from email.message import EmailMessage

import pytest

from kezhi.access.models import FieldLevel, FieldRule, Role
from kezhi.access.rights import EPOCH as ACCESS
from kezhi.automation.defaults import install_rules
from kezhi.core import epochs
from kezhi.core.events import read_facts
from kezhi.core.figures import set_figure
from kezhi.core.jobs import run_pending
from kezhi.core.models import Event
from kezhi.core.sealing import seal_all
from kezhi.exchange.channels.mail import note_sent
from kezhi.exchange.mailboxes.fetching import fetch
from kezhi.exchange.mailboxes.operations import MailboxPlan, save_mailbox
from kezhi.exchange.models import ReceivedMail
from kezhi.exchange.tests.imap_server import a_mail, imap_server
from kezhi.records.models import RecordFile
from kezhi.sales.mail_leads import find_company, find_phone
from kezhi.sales.models import Lead
from kezhi.work.deadlines import Deadline
from kezhi.work.models import Notification
from tests.scenes import play

pytestmark = pytest.mark.django_db

LETTER = """您好：
我们想采购 50 台服务器，请报价。

王磊
苏州远航机械有限公司
手机：138 1234 5678
电话：0512-36746357
"""


@pytest.fixture
def keeper(people):
    people.grant("settings", actions=["channels"])
    epochs.bump(ACCESS)
    return people.administrator


@pytest.fixture
def bring(keeper):
    """``bring(a_mail(), …)``: these mails arrive in a box; gives what they became, in order."""
    made = {}

    def arrive(*mails, **plan):
        with imap_server() as server:
            server.add(*mails)
            values = {
                "name": "询盘邮箱",
                "host": server.host,
                "port": server.port,
                "security": "none",
                "user": server.user,
                "password": "s3cret",
                "purpose": "leads",
                "channel": "mail",
                "takes_old": True,
            } | plan
            made["box"] = save_mailbox(made.get("box"), MailboxPlan(**values), actor=keeper.actor)
            fetch(made["box"].pk)
        return list(ReceivedMail.objects.filter(uid__gt=0).order_by("pk"))

    return arrive


def test_a_strangers_mail_becomes_a_lead_with_what_the_signature_says(bring):
    [row] = bring(a_mail(sender="王磊 <Wang@Acme.example.cn>", text=LETTER), source_detail="官网邮箱")

    lead = Lead.objects.ungated("test").get()
    assert (row.outcome, row.record_type, row.record_id) == ("lead", "lead", lead.pk)
    assert (lead.name, lead.contact_name) == ("苏州远航机械有限公司", "王磊")
    assert (lead.phone, lead.email) == ("+8613812345678", "wang@acme.example.cn")
    assert (lead.channel, lead.source_detail, lead.language) == ("mail", "官网邮箱", "zh")
    assert lead.need.startswith("询价\n您好：\n我们想采购")
    assert "138****5678" in lead.need
    assert "1234 5678" not in lead.need
    assert Event.objects.get(kind="record.created", record_type="lead").door == "mail"


def test_a_mail_without_a_name_or_words_becomes_a_lead_all_the_same(bring):
    bring(a_mail(sender="buyer@example.com", subject="", text=""))

    lead = Lead.objects.ungated("test").get()
    assert (lead.name, lead.contact_name, lead.phone) == ("buyer@example.com", "未知联系人", "")


def test_a_lead_that_comes_by_mail_is_given_to_who_the_box_names(bring, people):
    bring(a_mail(), owner_id=people.colleague.id)

    assert Lead.objects.ungated("test").get().owner_id == people.colleague.id


def test_a_second_mail_of_the_same_person_is_filed_on_their_lead(bring):
    bring(a_mail(number=1), a_mail(number=2, subject="再问"))

    lead = Lead.objects.ungated("test").get()
    rows = list(ReceivedMail.objects.order_by("pk").values_list("outcome", "record_id"))
    assert rows == [("lead", lead.pk), ("filed", lead.pk)]


def test_a_mail_of_a_contact_is_filed_with_the_customer_and_names_the_contact(bring, make, make_customer):
    customer = make_customer()
    contact = make("contact", customer=customer, name="王磊", email="wang@acme.example.cn")
    [row] = bring(a_mail())

    assert (row.outcome, row.record_type, row.record_id) == ("filed", "customer", customer.pk)
    event = Event.objects.get(kind="mail.received")
    subjects = set(event.subjects.values_list("record_type", "record_id"))
    assert subjects == {("customer", customer.pk), ("contact", contact.pk)}
    assert not Lead.objects.ungated("test").exists()


def test_a_mail_of_a_customers_own_address_is_filed_with_the_customer(bring, make_customer):
    customer = make_customer(email="wang@acme.example.cn")
    [row] = bring(a_mail(), purpose="correspondence")

    assert (row.outcome, row.record_id) == ("filed", customer.pk)


def test_a_box_for_correspondence_makes_no_leads(bring):
    [row] = bring(a_mail(), purpose="correspondence")

    assert row.outcome == "unknown"
    assert not Lead.objects.ungated("test").exists()


def test_an_answer_from_another_address_finds_the_record_the_mail_was_about(bring, make_quote):
    quote = make_quote()
    note_sent("<abc@kezhi.example.com>", ("quote", quote.pk))
    [row] = bring(a_mail(sender="boss@elsewhere.example.com", more="In-Reply-To: <abc@kezhi.example.com>"))

    assert (row.outcome, row.record_type, row.record_id) == ("filed", "customer", quote.customer_id)


def test_robots_and_spam_become_no_leads(bring):
    rows = bring(
        a_mail(number=1, sender="a@example.com", more="Auto-Submitted: auto-replied"),
        a_mail(number=2, sender="b@example.com", more="Precedence: bulk"),
        a_mail(number=3, sender="MAILER-DAEMON@example.com"),
        a_mail(number=4, sender="c@example.com", more="X-Spam-Flag: YES"),
    )

    assert [row.outcome for row in rows] == ["automatic", "automatic", "bounce", "spam"]
    assert not Lead.objects.ungated("test").exists()


def test_numbers_that_must_not_be_collected_are_hidden_everywhere(bring):
    bring(a_mail(subject="身份证11010519491231002X", text="卡号 6222021234567890128，身份证 11010519491231002X"))

    lead, row = Lead.objects.ungated("test").get(), ReceivedMail.objects.get()
    for words in (lead.need, row.subject, row.text):
        assert "11010519491231002X" not in words
        assert "6222021234567890128" not in words


def test_attachments_become_files_of_the_record_and_what_is_refused_is_said(bring, make_customer, keeper):
    customer = make_customer(email="li@example.com")
    message = EmailMessage()
    message["From"], message["Subject"], message["Message-ID"] = "li@example.com", "图纸", "<f@example.com>"
    message.set_content("见附件")
    message.add_attachment(b"%PDF-1.4\n%%EOF", maintype="application", subtype="pdf", filename="图纸.pdf")
    message.add_attachment(b"MZ", maintype="application", subtype="octet-stream", filename="run.exe")
    [row] = bring(message.as_bytes())

    [file] = RecordFile.objects.filter(record_type="customer", record_id=customer.pk)
    assert file.name == "图纸.pdf"
    assert [(each["name"], each["problem"]) for each in row.attachments] == [
        ("图纸.pdf", ""),
        ("run.exe", "mail.file.type"),
    ]
    page = keeper.client().get(f"/mails/{row.pk}/").content.decode()
    assert "这种类型的文件不保存" in page


def test_who_does_not_see_the_customer_does_not_see_its_mail(bring, people, make_customer):
    make_customer(email="wang@acme.example.cn")
    [row] = bring(a_mail(text="机密的内容"))

    assert people.rep.client().get(f"/mails/{row.pk}/").status_code == 200
    assert people.manager.client().get(f"/mails/{row.pk}/").status_code == 200
    for member in (people.colleague, people.outsider):
        assert member.client().get(f"/mails/{row.pk}/").status_code == 404
        assert member.client().post(f"/mails/{row.pk}/acknowledgement/").status_code == 404


def test_who_may_not_read_the_address_gets_it_masked_in_the_mail_too(bring, people, make_customer):
    make_customer(email="wang@acme.example.cn")
    [row] = bring(a_mail(text="请打 13812345678 或写 other@acme.example.cn"))
    clear = people.rep.client().get(f"/mails/{row.pk}/").content.decode()
    assert "wang@acme.example.cn" in clear
    assert "13812345678" in clear

    role = Role.objects.get(key=people.rep.user.roles.get().key)
    FieldRule.objects.create(role=role, record_type="customer", field="phone", level=FieldLevel.MASKED)
    epochs.bump(ACCESS)
    masked = people.rep.client().get(f"/mails/{row.pk}/").content.decode()
    for secret in ("wang@acme.example.cn", "other@acme.example.cn", "13812345678"):
        assert secret not in masked


def test_the_timeline_shows_the_mail_masked_with_a_link_to_the_whole(bring, people, make_customer):
    customer = make_customer(email="wang@acme.example.cn")
    [row] = bring(a_mail(subject="询价单", text="请打 13812345678"))
    page = people.rep.client().get(f"/customers/{customer.pk}/").content.decode()

    assert f'href="/mails/{row.pk}/"' in page
    only_mail = people.rep.client().get(f"/customers/{customer.pk}/timeline/", {"chip": "family:mail"})
    assert f'href="/mails/{row.pk}/"' in only_mail.content.decode()
    assert "13812345678" not in str(read_facts(Event.objects.get(kind="mail.received")))


def answers():
    rows = Deadline.objects.ungated("test").filter(kind="mail_answer").order_by("pk")
    return [(row.record_type, row.record_id, row.owner_id, row.state) for row in rows]


@pytest.fixture
def rules(people):
    play(install_rules)


def test_a_customers_mail_is_told_to_the_owner_and_waits_to_be_acknowledged(bring, people, make_customer, rules):
    customer = make_customer(email="wang@acme.example.cn")
    [row] = bring(a_mail())
    seal_all()
    run_pending()

    assert Notification.objects.filter(user=people.rep.user, title=f"{customer.name}来信了").count() == 1
    assert answers() == [("customer", customer.pk, people.rep.id, "running")]

    assert people.rep.client().post(f"/mails/{row.pk}/acknowledgement/").status_code == 302
    assert people.rep.client().post(f"/mails/{row.pk}/acknowledgement/").status_code == 302
    seal_all()
    run_pending()
    assert answers() == [("customer", customer.pk, people.rep.id, "met")]
    assert Event.objects.filter(kind="mail.acknowledged").count() == 1
    row.refresh_from_db()
    assert row.acknowledged_by_id == people.rep.id


def test_the_mail_a_lead_is_made_of_is_under_the_clock_of_the_first_contact_only(bring, people, rules):
    bring(a_mail(number=1), owner_id=people.rep.id)
    seal_all()
    run_pending()
    lead = Lead.objects.ungated("test").get()
    kinds = Deadline.objects.ungated("test").filter(record_type="lead").values_list("kind", flat=True)
    assert list(kinds) == ["lead_response"]

    bring(a_mail(number=1), a_mail(number=2), owner_id=people.rep.id)
    seal_all()
    run_pending()
    assert answers() == [("lead", lead.pk, people.rep.id, "running")]


def test_signatures_are_read_with_care():
    assert find_phone("请打\n13812345678") == "+8613812345678"
    assert find_phone("电话 0512-36746357\n手机 138-1234-5678") == "+8613812345678"
    assert find_phone("订单号 202603021234567890") == ""
    assert find_phone("没有电话") == ""
    assert find_company("王磊\n苏州远航机械有限公司\n") == "苏州远航机械有限公司"
    assert find_company("Company: Northwind Traders") == "Northwind Traders"
    assert find_company("听说贵公司与苏州远航机械有限公司合作，想了解一下") == ""


def test_a_flood_of_one_sender_makes_one_lead(bring, people):
    set_figure("mailboxes.sender_hourly", 3, actor_ref=people.administrator.actor.ref)
    rows = bring(*(a_mail(number=number) for number in range(1, 6)))

    assert [row.outcome for row in rows] == ["lead", "filed", "filed", "flood", "flood"]
    assert Lead.objects.ungated("test").count() == 1
