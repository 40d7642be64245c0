"""The board of opportunities by stage: one pipeline at a time, days in stage and the next step on each card (SAL-2)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.models import FieldLevel
from kezhi.core.clock import local, now, today
from kezhi.records.listing.board_kinds import BoardKind, CardExtra, Switch, register_board_kind
from kezhi.records.lists import Option
from kezhi.records.operations import InvalidRecord
from kezhi.records.registry import record_type
from kezhi.sales.choices import pipelines, stages
from kezhi.sales.entry_conditions import Missing
from kezhi.sales.models import Opportunity, Stage
from kezhi.sales.operations.stages import StageBlocked, enter_stage
from kezhi.sales.stages import default_pipeline, find_stage, stage_facts, stages_of
from kezhi.sales.stays import days_between
from kezhi.ui import html

COOKIE = "kezhi_pipeline"
_YEAR = 365 * 24 * 3600
_AGING = 0.8
_READABLE = (FieldLevel.READ, FieldLevel.WRITE)


class StageBoard(BoardKind):
    """Columns are the stages of one pipeline, the default one until somebody chose another."""

    reads = ("stage", "stage_entered_at", "next_activity_at", "last_activity_at", "state", "closed_at")
    parameter = "pipeline"
    switch_label = _("销售流程")
    second_sum = "weighted_amount"

    def chosen(self, request: HttpRequest) -> str:
        known = {item.key for item in pipelines().items.values() if item.is_active}
        for wanted in (request.GET.get(self.parameter, ""), request.COOKIES.get(COOKIE, "")):
            if wanted in known:
                return wanted
        return default_pipeline()

    def options(self, options: Sequence[Option], chosen: str) -> list[Option]:
        mine = {stage.key for stage in stages_of(chosen)}
        names = stages()
        return [replace(option, label=names.label(option.value)) for option in options if option.value in mine]

    def switches(self, chosen: str) -> list[Switch]:
        known = [item for item in pipelines().items.values() if item.is_active]
        return [Switch(item.label, item.key, item.key == chosen) for item in known]

    def note(self, option: Option) -> str:
        stage = stage_facts(option.value)
        rate = gettext("赢率 %(percent)s%%") % {"percent": stage.probability}
        if stage.most_days is None:
            return rate
        stay = ngettext("最长 %(days)s 天", "最长 %(days)s 天", stage.most_days) % {"days": stage.most_days}
        return gettext("%(rate)s · %(stay)s") % {"rate": rate, "stay": stay}

    def remember(self, response: HttpResponse, chosen: str) -> None:
        response.set_cookie(COOKIE, chosen, max_age=_YEAR, samesite="Lax", httponly=True)

    def card(self, record: Opportunity, actor: Actor) -> CardExtra:
        known = record_type("opportunity")
        css, beside = "", ""
        if known.level("stage_entered_at", actor) in _READABLE and known.level("stage", actor) in _READABLE:
            css, words = days_words(record)
            beside = f'<span class="deal__days">{html.esc(words)}</span>'
        below = ""
        if record.state == Opportunity.State.OPEN and known.level("next_activity_at", actor) in _READABLE:
            below = activity_clock(record.next_activity_at)
            if known.level("last_activity_at", actor) in _READABLE:
                below += last_activity(record.last_activity_at)
        return CardExtra(css, beside, below)

    def move(self, record: Opportunity, key: str, value: str, *, actor: Actor, version: int | None) -> Opportunity:
        return enter_stage(record, value, actor=actor, version=version)

    def refusal(
        self, record: Opportunity, value: str, refused: InvalidRecord, back: str
    ) -> tuple[SafeString | None, str]:
        if not isinstance(refused, StageBlocked):
            return None, ""
        url = f"{reverse('sales:opportunity_stage', args=[record.pk])}?{urlencode({'to': value, 'back': back})}"
        count = len(refused.missing)
        said = ngettext("还差 %(count)s 项，不能进入", "还差 %(count)s 项，不能进入", count) % {"count": count}
        note = (
            f'<div class="deal__refusal" role="alert"><p>{html.icon("ban")}{html.esc(said)}</p>'
            f'<div class="missing">{"".join(_item(each) for each in refused.missing)}</div>'
            f'<a class="btn btn--s" href="{html.esc(url)}" data-sheet>{html.esc(gettext("补齐并移入"))}</a></div>'
        )
        return SafeString(note), url


def _item(missing: Missing) -> str:
    return f'<div class="missing__item">{html.icon("alert")}{html.esc(missing.text)}</div>'


def days_words(opportunity: Opportunity, at: datetime | None = None) -> tuple[str, str]:
    """A card's class and the words for how long it has stood in its stage; warmer as the longest stay runs out."""
    if opportunity.state != Opportunity.State.OPEN:
        ended = opportunity.closed_at or opportunity.stage_entered_at
        return "", gettext("%(day)s 结束") % {"day": local(ended).strftime("%Y-%m-%d")}
    stage = find_stage(opportunity.stage_id)
    days = days_between(opportunity.stage_entered_at, at or now())
    most = stage.most_days if stage is not None else None
    if most is None or days < most * _AGING:
        return "", gettext("第 %(day)s 天") % {"day": days + 1}
    if days <= most:
        return "deal--aging", gettext("第 %(day)s 天") % {"day": days + 1}
    return "deal--stale", gettext("第 %(day)s 天，超 %(over)s 天") % {"day": days + 1, "over": days - most}


def activity_clock(due: datetime | None) -> SafeString:
    """The nearest open task about it: overdue, today, later, or nothing planned."""
    if due is None:
        return html.clock_chip("none", gettext("未安排下一步"))
    day = local(due).date()
    if due < now():
        late = max((today() - day).days, 0)
        words = ngettext("逾期 %(days)s 天", "逾期 %(days)s 天", late) % {"days": late} if late else gettext("已到期")
        return html.clock_chip("overdue", words)
    if day == today():
        return html.clock_chip("today", gettext("今天 %(time)s") % {"time": local(due).strftime("%H:%M")})
    return html.clock_chip("planned", day.strftime("%m-%d"))


def last_activity(last: datetime | None) -> SafeString:
    """How long ago it was last moved, worked on or talked about with its customer."""
    if last is None:
        return SafeString("")
    days = days_between(last, now())
    words = (
        ngettext("%(days)s 天前有动作", "%(days)s 天前有动作", days) % {"days": days} if days else gettext("今天有动作")
    )
    title = local(last).strftime("%Y-%m-%d %H:%M")
    return SafeString(f'<span class="deal__days" title="{title}">{html.esc(words)}</span>')


def open_stages(pipeline: str) -> list[str]:
    """The keys of a pipeline's open stages in order."""
    return [stage.key for stage in stages_of(pipeline) if stage.kind == Stage.Kind.OPEN and stage.is_active]


register_board_kind("opportunity", "stage", StageBoard())
