"""What the timeline and the audit say of quotes, products, private links, letterhead and rates."""

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.access.audit_words import register_audit_words
from kezhi.records.timeline.items import Item, Renderer, Words, register_renderer, sentence
from kezhi.sales import kinds_quotes as kinds
from kezhi.ui import html


def _about(item: Item) -> str:
    return str(item.presented.title) if item.presented is not None else gettext("报价")


def _value(item: Item, key: str) -> str:
    """What a change ended in, as the viewer may read it."""
    return next((change.after for change in item.changes if change.field.key == key), "")


def _answered(words: Promise) -> Renderer:
    def write(item: Item) -> Words:
        name = _value(item, "answered_by") or gettext("客户")
        note = _value(item, "answer_note")
        head = sentence(str(words), name=name, record=item.subject or _about(item))
        return Words(head, body=f"<p>{html.esc(note)}</p>" if note else "", mark=item.kind.icon)

    return write


def _lines_changed(item: Item) -> Words:
    total = next((change for change in item.changes if change.field.key == "total"), None)
    if total is None:
        return Words(sentence(gettext("%(who)s 改了报价明细"), who=item.who), mark=item.kind.icon)
    head = sentence(
        gettext("%(who)s 改了报价明细，总计从 %(before)s 改为 %(after)s"),
        who=item.who,
        before=total.before or "—",
        after=total.after or "—",
    )
    return Words(head, mark=item.kind.icon)


def _sent(item: Item) -> Words:
    to = str(item.facts.get("to") or "")
    record = item.subject or _about(item)
    if to:
        words = gettext("%(who)s 把报价 %(record)s 发给了 %(to)s")
        return Words(sentence(words, who=item.who, record=record, to=to), mark=item.kind.icon)
    return Words(sentence(gettext("%(who)s 发出了报价 %(record)s"), who=item.who, record=record), mark=item.kind.icon)


register_renderer(kinds.LINES_CHANGED.key, _lines_changed)
register_renderer(kinds.SENT.key, _sent)
register_renderer(kinds.ACCEPTED.key, _answered(_("%(name)s 接受了报价 %(record)s")))
register_renderer(kinds.DECLINED.key, _answered(_("%(name)s 拒绝了报价 %(record)s")))
register_audit_words(
    things={"letterhead": _("报价信头"), "currency_rate": _("汇率")},
    facts={
        "edition": _("版次"),
        "purpose": _("用途"),
        "again": _("再次发送"),
        "lines": _("明细"),
        "parts": _("组合里的产品"),
        "prices": _("价格表"),
        "currency": _("币种"),
        "rate": _("汇率"),
        "valid_from": _("从哪天起"),
    },
)
