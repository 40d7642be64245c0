"""One line of the inbox as HTML. Dozens of them are most of the page, so they are plain functions."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext as _

from kezhi.core.clock import local
from kezhi.records.actor_names import program_words, rule_words
from kezhi.ui.html import DOT, badge, button, clock_chip, esc, icon_button, when
from kezhi.work.models import Notification
from kezhi.work.operations.notice_handover import can_be_handed_over
from kezhi.work.today import due_words

_URGENT = Notification.Urgency.HIGH
_APPROVAL = "approval"
_DONE = Notification.State.DONE


@dataclass(frozen=True, slots=True)
class Line:
    """A notification as one reader may see it at one moment; ``kind`` in words."""

    row: Notification
    is_hidden: bool
    kind: str
    stands_in_for: str
    moment: datetime

    @property
    def title(self) -> str:
        """What it says; nothing of a record its reader may no longer see."""
        return _("一条您已不能查看的记录") if self.is_hidden else self.row.title

    @property
    def why(self) -> str:
        """The second line."""
        return "" if self.is_hidden else self.row.why

    @property
    def open_url(self) -> str:
        """Where its title leads: through the inbox, which marks it as read; nowhere where there is nothing to see."""
        return f"/inbox/{self.row.pk}/open/" if self.row.url and not self.is_hidden else ""

    @property
    def is_task(self) -> bool:
        """Whether it is about a task of its own."""
        return self.row.about_type == "task" and not self.is_hidden

    @property
    def can_be_done(self) -> bool:
        """Whether it can be taken off the inbox here; what asks for an act elsewhere goes by that act."""
        return self.row.state != _DONE and not (self.row.needs_action and self.row.source_type)

    @property
    def due(self) -> SafeString:
        """Its clock, or until when it is postponed."""
        row = self.row
        if row.state == Notification.State.POSTPONED and row.postponed_until is not None:
            return clock_chip("paused", _("推迟到 %(when)s") % {"when": f"{local(row.postponed_until):%m-%d %H:%M}"})
        if row.due_at is None or row.state == _DONE:
            return SafeString("")
        state, words = due_words(row.due_at, moment=self.moment)
        return clock_chip(state, words)


@dataclass(frozen=True, slots=True)
class _Words:
    """What every line says, translated once."""

    unread: str
    choose: str
    open: str
    finish: str
    hand_over: str
    postpone: str
    read: str
    done: str
    back: str


@lru_cache(maxsize=8)
def _words(language: str) -> _Words:
    return _Words(
        unread=f'<span class="visually-hidden">{gettext("未读")} </span>',
        choose=gettext("选择“%(title)s”"),
        open=gettext("打开"),
        finish=gettext("完成"),
        hand_over=gettext("转交"),
        postpone=gettext("推迟"),
        read=gettext("标为已读"),
        done=gettext("标为已处理"),
        back=gettext("放回待处理"),
    )


def line_html(line: Line) -> SafeString:
    """The line with its box, its words and its acts. Acts are buttons of the form around the list."""
    row, words = line.row, _words(get_language() or "")
    is_new = row.read_at is None
    css = "inboxline inboxline--unread" if is_new else "inboxline"
    if row.urgency == _URGENT and row.state == Notification.State.WAITING:
        css += " inboxline--urgent"
    title, target = line.title, line.open_url
    safe = esc(title)
    shown = f'<a href="{target}">{safe}</a>' if target else f"<span>{safe}</span>"
    why = f'<p class="inboxline__why">{esc(line.why)}</p>' if line.why else ""
    return SafeString(
        f'<li class="{css}" id="inbox-{row.pk}" data-row{" data-asks" if _asks_approval(line) else ""}>'
        f'<label class="inboxline__box"><input type="checkbox" class="check" name="ids" value="{row.pk}" '
        f'data-list-select-target="box" aria-label="{esc(words.choose % {"title": title})}"></label>'
        f'<div class="inboxline__what"><p class="inboxline__title">{words.unread if is_new else ""}{shown}'
        f'{_marks(line)}</p>{why}<p class="inboxline__meta">{_facts(line)}</p></div>'
        f'<div class="inboxline__due">{line.due}</div>'
        f'<div class="inboxline__acts">{_acts(line, words)}</div></li>'
    )


def _asks_approval(line: Line) -> bool:
    row = line.row
    return row.source_type == _APPROVAL and row.needs_action and row.state != _DONE and not line.is_hidden


def _marks(line: Line) -> str:
    row, marks = line.row, ""
    if row.count > 1 and str(row.count) not in line.title:
        marks += " " + badge(_("共 %(count)s 条") % {"count": row.count})
    if line.stands_in_for:
        marks += " " + badge(_("替%(name)s") % {"name": line.stands_in_for}, "info")
    if row.state == _DONE and row.needs_action:
        marks += " " + badge(_("已处理"), "done")
    return marks


def _facts(line: Line) -> str:
    row = line.row
    told_by = rule_words(row.rule_ref, row.teller) if row.rule_ref else program_words(row.teller)
    teller = f"{esc(told_by)}{DOT}" if told_by and not line.is_hidden else ""
    return f"{esc(line.kind)}{DOT}{teller}{when(row.at, line.moment)}"


def _acts(line: Line, words: _Words) -> str:
    row = line.row
    place = f"/inbox/{row.pk}"
    if row.state == _DONE:
        return "" if row.needs_action else _quiet("undo", words.back, f"{place}/unread/", "u")
    acts = _main_act(line, words)
    if row.read_at is None and row.needs_action:
        acts += _quiet("eye", words.read, f"{place}/read/", "u")
    acts += _link("clock", words.postpone, f"/inbox/postpone/?ids={row.pk}", ' data-row-hotkey="s"')
    if line.can_be_done:
        acts += _quiet("check", words.done, f"{place}/done/", "e")
    return acts


def _main_act(line: Line, words: _Words) -> str:
    """Its one action: what the notice brought, or finishing the task it is about."""
    row = line.row
    if line.is_hidden:
        return ""
    address = hand_over_url(line)
    hand_over = _link("swap", words.hand_over, address) if address else ""
    if row.act_url:
        return button(row.act_label or words.open, href=row.act_url, sheet=row.act_sheet, size="s") + hand_over
    if line.is_task:
        return button(words.finish, href=f"/tasks/{row.about_id}/done/", sheet=True, size="s") + hand_over
    return (button(words.open, href=line.open_url, size="s") if line.open_url else "") + hand_over


def hand_over_url(line: Line) -> str:
    """Where what a line is about is given to somebody else: the task, the decision, or a new task; "" for nowhere."""
    row = line.row
    if line.is_hidden or row.state == _DONE:
        return ""
    if line.is_task:
        return f"/tasks/{row.about_id}/hand-over/"
    if _asks_approval(line):
        return f"/approvals/{row.source_id}/handing-on/"
    return f"/inbox/{row.pk}/hand-over/" if can_be_handed_over(row) else ""


_PLACE = "@@place@@"


@lru_cache(maxsize=64)
def _quiet_frame(icon_name: str, label: str, key: str) -> str:
    extra = {"formaction": _PLACE, "hx_post": _PLACE, "form": "inbox-post", "data_row_hotkey": key}
    return icon_button(icon_name, label, type="submit", size="s", **extra)  # type: ignore[arg-type]


def _quiet(icon_name: str, label: str, url: str, key: str) -> str:
    """A button of the form that posts; the same for every line but for its address."""
    return _quiet_frame(icon_name, label, key).replace(_PLACE, url)


@lru_cache(maxsize=64)
def _link_frame(icon_name: str, label: str) -> str:
    return icon_button(icon_name, label, href=_PLACE, sheet=True, size="s")


def _link(icon_name: str, label: str, url: str, more: str = "") -> str:
    """A link that opens in the side sheet; the same for every line but for its address."""
    return _link_frame(icon_name, label).replace(f'href="{_PLACE}"', f'href="{url}"{more}')
