"""How timelines and the audit tell of mail that came in."""

from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from kezhi.access.audit_words import DOORS, register_audit_words
from kezhi.access.kinds import FAMILIES
from kezhi.automation.sentences import register_fact_words
from kezhi.exchange import kinds
from kezhi.records.actor_names import register_program
from kezhi.records.timeline import Item, Words, register_renderer, sentence


def _received(item: Item) -> Words:
    sender = str(item.facts.get("from") or "")
    line = sentence(gettext("收到 %(sender)s 的邮件"), sender=sender or gettext("不明发件人"))
    subject = str(item.facts.get("subject") or "") or gettext("（无主题）")
    body = format_html('<p><a class="link" href="/mails/{}/">{}</a></p>', _number(item.facts.get("mail")), subject)
    if excerpt := str(item.facts.get("excerpt") or ""):
        body += format_html("<p>{}</p>", excerpt)
    if files := _number(item.facts.get("files")):
        words = ngettext("%(count)s 个附件，在这条记录的文件里", "%(count)s 个附件，在这条记录的文件里", files)
        body += format_html('<p class="soft">{}</p>', words % {"count": files})
    return Words(line, body=body, mark="mail")


def _acknowledged(item: Item) -> Words:
    subject = str(item.facts.get("subject") or "") or gettext("（无主题）")
    return Words(sentence(gettext("%(who)s 确认了邮件：%(subject)s"), who=item.who, subject=subject), mark="check")


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


register_renderer(kinds.MAIL_RECEIVED.key, _received)
register_renderer(kinds.MAIL_ACKNOWLEDGED.key, _acknowledged)
register_fact_words(
    kinds.MAIL_RECEIVED.key, "new", _("是新线索的来信："), lambda value: _("是") if value == "yes" else _("否")
)
register_audit_words(
    things={"mailbox": _("收件箱")},
    facts={
        "mailbox": _("收件箱"),
        "subject": _("主题"),
        "excerpt": _("内容"),
        "from": _("发件人"),
        "files": _("附件"),
    },
)
register_program("mailboxes", _("收件箱"))
DOORS.setdefault("mail", _("邮件"))
FAMILIES.setdefault("mail", _("邮件"))
