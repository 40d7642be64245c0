"""Mails in every charset and every state of disrepair become their sender, their words and their files."""

from email.message import EmailMessage

import pytest

from kezhi.exchange.mailboxes.filing import hide_sensitive
from kezhi.exchange.mailboxes.html_words import html_words
from kezhi.exchange.mailboxes.imap import encode_folder
from kezhi.exchange.mailboxes.reading import header_words, read_mail
from kezhi.exchange.mailboxes.sorting import is_blocked, is_spam, machine_outcome
from kezhi.exchange.tests.imap_server import a_mail


@pytest.mark.parametrize("charset", ["utf-8", "gbk", "gb18030", "gb2312", "big5"])
def test_a_mail_is_read_in_its_charset(charset):
    mail = read_mail(
        a_mail(
            subject="詢價" if charset == "big5" else "询价",
            text="您好，價格？" if charset == "big5" else "您好，价格？",
            charset=charset,
        )
    )

    assert mail.subject == ("詢價" if charset == "big5" else "询价")
    assert mail.text == ("您好，價格？" if charset == "big5" else "您好，价格？")
    assert (mail.sender, mail.sender_name) == ("wang@acme.example.cn", "Wang Lei")


@pytest.mark.parametrize("lie", ["utf-8", "us-ascii", "iso-8859-1", "x-unknown", "nonsense; charset"])
def test_a_mail_that_names_a_wrong_charset_is_read_as_what_it_is(lie):
    raw = a_mail(text="我们公司想采购一批服务器，请尽快联系。", charset="gbk").replace(
        b"charset=gbk", f"charset={lie}".encode()
    )

    assert read_mail(raw).text == "我们公司想采购一批服务器，请尽快联系。"


def test_headers_are_read_however_they_are_written():
    assert header_words("=?gb2312?B?0a+82w==?=") == "询价"
    assert header_words("=?utf-8?Q?=E8=AF=A2?= =?utf-8?Q?=E4=BB=B7?=") == "询价"
    # One character cut in two between encoded words, as old programs do.
    assert header_words("=?utf-8?B?6K+i5A==?= =?utf-8?B?u7c=?=") == "询价"
    raw = a_mail().replace(b"Subject: =?utf-8?b?6K+i5Lu3?=", b"Subject: " + "询价单".encode("gbk"))
    assert read_mail(raw).subject == "询价单"


def test_a_sender_whose_name_holds_commas_and_brackets_keeps_their_address():
    mail = read_mail(a_mail(sender="=?utf-8?b?546L6ZuoLCDplIDllK4gPGE+?= <Wang.Yu@Acme.example.cn>"))

    assert mail.sender == "wang.yu@acme.example.cn"
    assert mail.sender_name == "王雨, 销售 <a>"


def test_html_becomes_words_and_nothing_of_it_runs():
    markup = (
        "<html><head><title>x</title><style>p{}</style></head><body><script>alert(1)</script>"
        "<p>第一段 &amp; 更多</p><div>第二段<br>第三行</div><img src='http://track.example.com/1.gif'>"
        "<blockquote>引用</blockquote></body></html>"
    )
    lines = [line for line in html_words(markup).splitlines() if line]

    assert lines == ["第一段 & 更多", "第二段", "第三行", "> 引用"]
    assert [line for line in html_words("<head><p>没有关上").splitlines() if line] == []
    assert html_words("<p>" * 20_000 + "深").strip() == "深"


def test_attachments_and_the_logos_of_signatures_are_told_apart():
    message = EmailMessage()
    message["From"], message["Subject"] = "li@example.com", "x"
    message.set_content("见附件")
    message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="报价需求.pdf")
    message.add_attachment(b"tiny", maintype="image", subtype="png", cid="<logo>", disposition="inline")
    message.add_attachment(
        b"x" * 30_000, maintype="image", subtype="png", cid="<photo>", filename="现场.png", disposition="inline"
    )
    mail = read_mail(message.as_bytes())

    assert mail.text == "见附件"
    assert [each.name for each in mail.attachments] == ["报价需求.pdf", "现场.png"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe",
        b"From: a\r\n" * 3,
        b"Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
        + b"--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" * 500,
        b"Content-Type: text/plain; charset*=''%%%\r\nContent-Transfer-Encoding: base64\r\n\r\n====",
        b"Subject: =?utf-8?B?" + b"A" * 5000 + b"?=\r\nDate: nonsense\r\nReferences: <<<>>\r\n\r\nx",
        b"Content-Disposition: attachment; filename*=utf-8''%ff%fe\r\n\r\nx",
    ],
)
def test_what_is_hardly_a_mail_is_read_all_the_same(raw):
    mail = read_mail(raw)

    assert mail.key
    assert "\x00" not in mail.text


def test_what_a_mail_quotes_is_not_its_own_words():
    text = "请发最新报价。\n王磊\n\n-----原始邮件-----\n发件人: 客至 <crm@example.com>\n> 旧内容"

    assert read_mail(a_mail(text=text)).own_words == "请发最新报价。\n王磊"
    assert read_mail(a_mail(text="Thanks\n\nOn Mon, 2 Mar 2026 at 09:30, Kezhi wrote:\n> old")).own_words == "Thanks"


@pytest.mark.parametrize(
    ("more", "outcome"),
    [
        ("", ""),
        ("Auto-Submitted: no", ""),
        ("Auto-Submitted: auto-replied", "automatic"),
        ("Precedence: bulk", "automatic"),
        ("List-Unsubscribe: <https://example.com/u>", "automatic"),
        ("X-Autoreply: yes", "automatic"),
        ("Return-Path: <>", "bounce"),
    ],
)
def test_what_machines_write_is_told_from_what_people_write(more, outcome):
    assert machine_outcome(read_mail(a_mail(more=more))) == outcome


def test_returned_mail_and_robots_are_told_by_their_sender():
    assert machine_outcome(read_mail(a_mail(sender="MAILER-DAEMON@mx.example.com"))) == "bounce"
    assert machine_outcome(read_mail(a_mail(sender="no-reply@example.com"))) == "automatic"
    report = a_mail().replace(
        b"text/plain; charset=utf-8", b"multipart/report; report-type=delivery-status; boundary=b"
    )
    assert machine_outcome(read_mail(report)) == "bounce"


def test_what_the_companys_server_took_for_spam_is_spam():
    assert is_spam(read_mail(a_mail(more="X-Spam-Flag: YES")))
    assert is_spam(read_mail(a_mail(more="X-Spam-Status: Yes, score=9.1")))
    assert not is_spam(read_mail(a_mail(more="X-Spam-Status: No, score=0.1")))


def test_the_list_of_those_kept_out_knows_addresses_and_domains():
    blocked = "bad@example.com\n@spam.example"

    assert is_blocked("bad@example.com", blocked)
    assert is_blocked("x@spam.example", blocked)
    assert is_blocked("x@mail.spam.example", blocked)
    assert not is_blocked("x@notspam.example", blocked)
    assert not is_blocked("good@example.com", blocked)


def test_numbers_that_are_not_to_be_collected_are_hidden():
    assert hide_sensitive("身份证 11010519491231002X 谢谢") == "身份证 11****2X 谢谢"


def test_a_folder_with_a_chinese_name_travels_as_servers_know_it():
    assert encode_folder("INBOX") == "INBOX"
    assert encode_folder("台北") == "&U,BTFw-"
    assert encode_folder("A&B") == "A&-B"
