"""One line of the inbox as HTML. Forty of them are most of the page, so they are plain functions."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from kezhi.core.clock import local
from kezhi.ui.html import DOT, badge, button, clock_chip, esc, icon_button, when
from kezhi.work.models import Notification
from kezhi.work.today import due_words

_URGENT = Notification.Urgency.HIGH


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
        return self.row.state != Notification.State.DONE and not (self.row.needs_action and self.row.source_type)

    @property
    def due(self) -> SafeString:
        """Its clock, or until when it is postponed."""
        row = self.row
        if row.state == Notification.State.POSTPONED and row.postponed_until is not None:
            return clock_chip("paused", _("推迟到 %(when)s") % {"when": f"{local(row.postponed_until):%m-%d %H:%M}"})
        if row.due_at is None or row.state == Notification.State.DONE:
            return SafeString("")
        state, words = due_words(row.due_at, moment=self.moment)
        return clock_chip(state, words)


def line_html(line: Line) -> SafeString:
    """The line with its box, its words and its acts. Acts are buttons of the form around the list."""
    row = line.row
    css = "inboxline" + (" inboxline--unread" if row.read_at is None else "")
    css += " inboxline--urgent" if row.urgency == _URGENT and row.state == Notification.State.WAITING else ""
    title = esc(line.title)
    shown = f'<a href="{line.open_url}">{title}</a>' if line.open_url else f"<span>{title}</span>"
    news = f'<span class="visually-hidden">{_("未读")} </span>' if row.read_at is None else ""
    why = f'<p class="inboxline__why">{esc(line.why)}</p>' if line.why else ""
    name = esc(_("选择“%(title)s”") % {"title": line.title})
    return SafeString(
        f'<li class="{css}" id="inbox-{row.pk}" data-row>'
        f'<label class="inboxline__box"><input type="checkbox" class="check" name="ids" value="{row.pk}" '
        f'data-list-select-target="box" aria-label="{name}"></label>'
        f'<div class="inboxline__what"><p class="inboxline__title">{news}{shown}{_marks(line)}</p>{why}'
        f'<p class="inboxline__meta">{_facts(line)}</p></div>'
        f'<div class="inboxline__due">{line.due}</div>'
        f'<div class="inboxline__acts">{_acts(line)}</div></li>'
    )


def _marks(line: Line) -> str:
    marks = ""
    if line.row.count > 1:
        marks += " " + badge(_("共 %(count)s 条") % {"count": line.row.count})
    if line.stands_in_for:
        marks += " " + badge(_("替%(name)s") % {"name": line.stands_in_for}, "info")
    if line.row.state == Notification.State.DONE and line.row.needs_action:
        marks += " " + badge(_("已处理"), "done")
    return marks


def _facts(line: Line) -> str:
    row = line.row
    facts = [esc(line.kind), when(row.at, line.moment)]
    if row.teller and not line.is_hidden:
        facts.insert(1, esc(row.teller))
    return DOT.join(facts)


def _acts(line: Line) -> str:
    row = line.row
    place = f"/inbox/{row.pk}"
    if row.state == Notification.State.DONE:
        return _quiet("undo", _("放回待处理"), f"{place}/unread/", "u") if not row.needs_action else ""
    parts = [_main_act(line)]
    if row.read_at is None and row.needs_action:
        parts.append(_quiet("eye", _("标为已读"), f"{place}/read/", "u"))
    parts.append(
        icon_button(
            "clock", _("推迟"), href=f"/inbox/postpone/?ids={row.pk}", sheet=True, data_row_hotkey="s", size="s"
        )
    )
    if line.can_be_done:
        parts.append(_quiet("check", _("标为已处理"), f"{place}/done/", "e"))
    return "".join(parts)


def _main_act(line: Line) -> str:
    """Its one action: what the notice brought, or finishing the task it is about."""
    row = line.row
    if line.is_hidden:
        return ""
    if row.act_url:
        return button(row.act_label or _("打开"), href=row.act_url, sheet=row.act_sheet, size="s")
    if line.is_task:
        return button(_("完成"), href=f"/tasks/{row.about_id}/done/", sheet=True, size="s") + icon_button(
            "swap", _("转交"), href=f"/tasks/{row.about_id}/hand-over/", sheet=True, size="s"
        )
    return button(_("打开"), href=line.open_url, size="s") if line.open_url else ""


def _quiet(icon_name: str, label: str, url: str, key: str) -> SafeString:
    return icon_button(icon_name, label, type="submit", formaction=url, hx_post=url, data_row_hotkey=key, size="s")
