"""The words for what happens to every record: created, changed, deleted, looked at, files."""

from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.records import kinds
from kezhi.records.timeline.items import Change, Item, Renderer, Words, sentence
from kezhi.ui import html

_SHOWN_CHANGES = 12
_SHORT = 60


def generic_words(item: Item) -> Words | None:
    """What an event says where no domain has words of its own for it."""
    writer = _WRITERS.get(item.event.kind)
    if writer is not None:
        return writer(item)
    if item.is_own or item.presented is None:
        head = sentence(gettext("%(who)s %(deed)s"), who=item.who, deed=str(item.kind.label))
        return Words(head, mark=item.kind.icon)
    return Words(
        sentence(
            gettext("%(who)s %(deed)s：%(type)s %(record)s"),
            who=item.who,
            deed=str(item.kind.label),
            type=item.type_label,
            record=item.subject,
        ),
        mark=item.kind.icon,
    )


def _created(item: Item) -> Words:
    head = (
        sentence(gettext("%(who)s 新建了%(type)s"), who=item.who, type=item.type_label)
        if item.is_own
        else sentence(
            gettext("%(who)s 添加了%(type)s %(record)s"), who=item.who, type=item.type_label, record=item.subject
        )
    )
    rows = [change for change in item.changes if change.after]
    if not rows:
        return Words(head)
    names = gettext("填写了 %(count)d 项") % {"count": len(rows)}
    pairs = "".join(f"<div><dt>{html.esc(row.label)}</dt><dd>{_value(row.after, row)}</dd></div>" for row in rows)
    summary = f"<summary>{html.esc(names)}</summary>"
    return Words(
        head, SafeString(f'<details class="changes">{summary}<dl class="changes__list">{pairs}</dl></details>')
    )


def _changed(item: Item) -> Words | None:
    rows = item.changes
    if not rows:
        return None
    if len(rows) == 1 and max(len(rows[0].before), len(rows[0].after)) <= _SHORT:
        return Words(_one_change(item, rows[0]))
    labels = [row.label for row in rows[:4]]
    fields = gettext("、").join(labels) + (gettext("等 %(count)d 项") % {"count": len(rows)} if len(rows) > 4 else "")
    head = (
        sentence(gettext("%(who)s 修改了%(fields)s"), who=item.who, fields=fields)
        if item.is_own
        else sentence(
            gettext("%(who)s 修改了%(type)s %(record)s 的%(fields)s"),
            who=item.who,
            type=item.type_label,
            record=item.subject,
            fields=fields,
        )
    )
    pairs = "".join(
        f"<div><dt>{html.esc(row.label)}</dt><dd>{_value(row.before, row, old=True)}{html.icon('arrow')}"
        f"{_value(row.after, row)}</dd></div>"
        for row in rows[:_SHOWN_CHANGES]
    )
    return Words(head, SafeString(f'<dl class="changes__list">{pairs}</dl>'))


def _one_change(item: Item, row: Change) -> SafeString:
    values = {
        "who": item.who,
        "field": row.label,
        "before": _value(row.before, row, old=True),
        "after": _value(row.after, row),
        "type": item.type_label,
        "record": item.subject,
    }
    if item.is_own:
        if not row.before:
            return sentence(gettext("%(who)s 填写了%(field)s：%(after)s"), **values)
        if not row.after:
            return sentence(gettext("%(who)s 清空了%(field)s，原来是 %(before)s"), **values)
        return sentence(gettext("%(who)s 把%(field)s从 %(before)s 改为 %(after)s"), **values)
    return sentence(gettext("%(who)s 把%(type)s %(record)s 的%(field)s从 %(before)s 改为 %(after)s"), **values)


def _value(text: str, change: Change, *, old: bool = False) -> SafeString:
    if not text:
        return SafeString(f'<span class="faint">{html.esc(gettext("空"))}</span>')
    shown = html.esc(text if len(text) <= 400 else f"{text[:400]}…").replace("\n", "<br>")
    if change.is_masked:
        return SafeString(f'<span class="mask">{shown}</span>')
    return SafeString(f"<del>{shown}</del>" if old else f"<b>{shown}</b>")


def _gone(own: Promise, other: Promise) -> Renderer:
    def write(item: Item) -> Words:
        values = {"who": item.who, "type": item.type_label, "record": item.subject}
        return Words(sentence(str(own if item.is_own else other), **values), mark=item.kind.icon)

    return write


def _revealed(item: Item) -> Words:
    known = item.record_type.field(str(item.facts.get("field", ""))) if item.record_type else None
    head = sentence(
        gettext("%(who)s 查看了%(field)s，原因：%(reason)s"),
        who=item.who,
        field=str(known.label) if known else str(item.facts.get("field", "")),
        reason=str(item.facts.get("reason", "")),
    )
    return Words(head, mark=item.kind.icon)


def _file(words: Promise) -> Renderer:
    def write(item: Item) -> Words | None:
        key, known = str(item.facts.get("field") or ""), item.record_type
        if key and (known is None or not known.readable(key, item.actor, known.policy.owner_id(item.record))):
            return None  # the name of a file says much of what the field holds
        return Words(sentence(str(words), who=item.who, name=str(item.facts.get("name", ""))), mark=item.kind.icon)

    return write


_WRITERS: dict[str, Renderer] = {
    kinds.CREATED.key: _created,
    kinds.CHANGED.key: _changed,
    kinds.DELETED.key: _gone(_("%(who)s 把它移进了回收站"), _("%(who)s 删除了%(type)s %(record)s")),
    kinds.RESTORED.key: _gone(_("%(who)s 从回收站恢复了它"), _("%(who)s 恢复了%(type)s %(record)s")),
    kinds.PURGED.key: _gone(_("%(who)s 彻底删除了它"), _("%(who)s 彻底删除了%(type)s %(record)s")),
    kinds.REVEALED.key: _revealed,
    kinds.FILE_ADDED.key: _file(_("%(who)s 添加了文件 %(name)s")),
    kinds.FILE_REMOVED.key: _file(_("%(who)s 删除了文件 %(name)s")),
    kinds.FILE_READ.key: _file(_("%(who)s 下载了文件 %(name)s")),
    kinds.EXPORTED.key: _gone(_("%(who)s 导出了它"), _("%(who)s 导出了%(type)s %(record)s")),
}
