"""The pages of mailboxes and mails on a phone and a desk, light and dark: nobody is shut out, nothing runs over."""

import pytest

from kezhi.access.rights import EPOCH as ACCESS
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.exchange.models import Mailbox, ReceivedMail
from kezhi.records.defaults import install_defaults
from kezhi.records.operations import create_record
from kezhi.records.registry import record_type

pytestmark = pytest.mark.django_db(transaction=True)

SIZES = {"phone": (360, 740), "desk": (1280, 800)}


@pytest.fixture
def addresses(transactional_db, cast):
    """Every page with something on it."""
    install_defaults()
    cast.grant("customer", "contact")
    cast.grant("settings", actions=["channels"])
    epochs.bump(ACCESS)
    customer = create_record(
        record_type("customer"), {"name": "苏州澜图科技有限公司", "owner": str(cast.administrator.id)},
        actor=cast.administrator.actor,
    )  # fmt: skip
    box = Mailbox.objects.create(
        name="询盘邮箱", host="imap.example.com", port=993, user="sales@a-rather-long-name.example.com",
        failing_since=now(), problem_code="reach.refused", problem_values={"host": "imap.example.com"},
        created_at=now(), changed_at=now(),
    )  # fmt: skip
    for number, outcome in enumerate(("filed", "spam", "failed")):
        row = ReceivedMail.objects.create(
            mailbox=box, key=str(number), uid_validity=1, uid=number, received_at=now(), outcome=outcome,
            sender="wang@a-rather-long-name.example.com", sender_name="王磊", subject="询价" * 30,
            text="您好\n\n" + "https://example.com/" + "x" * 200, is_cut=True, sent_at=now(),
            record_type="customer" if outcome == "filed" else "",
            record_id=customer.pk if outcome == "filed" else None,
            problem_code="mail.unfiled" if outcome == "failed" else "", problem_values={"detail": "ValueError"},
            attachments=[{"name": "run.exe", "file": None, "problem": "mail.file.type", "values": {}}],
        )  # fmt: skip
    filed = ReceivedMail.objects.get(outcome="filed")
    assert row.pk != filed.pk
    return [
        "/settings/mailboxes/",
        "/settings/mailboxes/new/",
        f"/settings/mailboxes/{box.pk}/",
        f"/mails/{filed.pk}/",
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
