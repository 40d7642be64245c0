"""What a record shows of its deadlines: a chip for each that is open, with how long is left."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from kezhi.core.clock import local, now
from kezhi.ui import html
from kezhi.ui.shown import moment_words, weekday
from kezhi.work.deadlines_kinds import deadline_kind, terms_of
from kezhi.work.deadlines_plan import percent_used, types_with_clocks
from kezhi.work.models.deadlines import OPEN_STATES, Deadline

# From here on what is left is counted down; before, the day says more.
_NEAR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Chip:
    """One clock in words: ``state`` is a state of the clock component, ``tip`` gives the full times."""

    deadline_id: int
    kind: str
    label: str
    state: str
    words: str
    tip: str
    due_at: datetime
    percent: int
    is_running: bool

    def html(self, *, with_label: bool = True, href: str = "") -> SafeString:
        """The chip, counting down by itself while the page stays open; a link to what it is about if ``href``."""
        return chip_html(self, with_label=with_label, href=href)


def chips_for(record_type: str, ids: Collection[int]) -> dict[int, list[Chip]]:
    """The open clocks of these records, the most pressing first, in the active language; one query."""
    if not ids or record_type not in types_with_clocks():
        return {}
    rows = Deadline.objects.ungated("shown with the record").filter(
        record_type=record_type, record_id__in=ids, state__in=OPEN_STATES
    )
    return chips_of(rows.order_by("due_at", "pk"), now())


def chips_of(rows: Collection[Deadline], moment: datetime) -> dict[int, list[Chip]]:
    """The chips of these deadlines by record; kinds that are off show nothing."""
    found: dict[int, list[Chip]] = {}
    for row in rows:
        if terms_of(row.kind, row.department_id).is_on:
            found.setdefault(row.record_id, []).append(chip_of(row, moment))
    return found


def chip_of(row: Deadline, moment: datetime) -> Chip:
    """One deadline as a chip."""
    kind = deadline_kind(row.kind)
    percent = percent_used(row, moment)
    state, words = _state(row, moment)
    label = str(kind.label) if kind is not None else row.kind
    return Chip(
        deadline_id=row.pk,
        kind=row.kind,
        label=label,
        state=state,
        words=words,
        tip=_tip(row, label, percent),
        due_at=row.due_at,
        percent=percent,
        is_running=row.state == Deadline.State.RUNNING,
    )


def list_marks(record_type: str, ids: Collection[int]) -> dict[int, str]:
    """The chips of the records of a list or board, ready to write; one query, and little work per row."""
    if not ids or record_type not in types_with_clocks():
        return {}
    rows = Deadline.objects.ungated("shown with the record").filter(
        record_type=record_type, record_id__in=ids, state__in=OPEN_STATES
    )
    wanted = ("record_id", "kind", "department_id", "state", "due_at", "breached_at")
    found: dict[int, str] = {}
    moment, paused = now(), gettext("已暂停")
    tip = html.esc(gettext("%(kind)s：%(due)s 截止"))
    labels: dict[tuple[str, int | None], str] = {}
    for record_id, kind, department_id, state, due, breached in rows.order_by("due_at", "pk").values_list(*wanted):
        label = labels.get((kind, department_id))
        if label is None:
            known = deadline_kind(kind) if terms_of(kind, department_id).is_on else None
            label = labels[kind, department_id] = html.esc(known.label) if known is not None else ""
        if not label:
            continue
        if state == Deadline.State.PAUSED:
            look, words, live = "paused", paused, ""
        else:
            look = "overdue" if breached or due < moment else "today" if due - moment < _NEAR else "planned"
            words, live = left_words(due, moment), f' data-due="{int(due.timestamp())}"'
        said = tip % {"kind": label, "due": full_time(due)}
        found[record_id] = (
            f'{found.get(record_id, "")}<span class="clock clock--{look}" title="{said}"{live}>'
            f'<span class="clock__mark" aria-hidden="true"></span><span class="clock__kind">{label}</span> '
            f'<span class="clock__left">{words}</span></span>'
        )
    return found


def chip_html(chip: Chip, *, with_label: bool = True, href: str = "") -> SafeString:
    """A chip as HTML; ``data-due`` lets the page count down."""
    label = html.esc(chip.label)
    shown = "clock__kind" if with_label else "visually-hidden"
    name = f'<span class="{shown}">{label}</span> '
    due = f' data-due="{int(chip.due_at.timestamp())}"' if chip.is_running else ""
    inner = (
        f'<span class="clock__mark" aria-hidden="true"></span>{name}'
        f'<span class="clock__left">{html.esc(chip.words)}</span>'
    )
    css, tip = f"clock clock--{chip.state}", html.esc(chip.tip)
    if href:
        return SafeString(f'<a class="{css}" href="{html.esc(href)}" data-sheet title="{tip}"{due}>{inner}</a>')
    return SafeString(f'<span class="{css}" title="{tip}"{due}>{inner}</span>')


def left_words(due: datetime, moment: datetime) -> str:
    """How long is left or how late it is, in words."""
    if due < moment:
        late = moment - due
        if late >= timedelta(days=1):
            return gettext("逾期 %(days)s 天") % {"days": late.days}
        return gettext("逾期 %(hours)s 时 %(minutes)s 分") % _clock(late)
    if due - moment < _NEAR:
        return gettext("还剩 %(hours)s 时 %(minutes)s 分") % _clock(due - moment)
    return moment_words(due, moment)


def full_time(moment: datetime) -> str:
    """A moment with its year and weekday."""
    day = local(moment)
    return f"{day:%Y-%m-%d} {weekday(day)} {day:%H:%M}"


def _state(row: Deadline, moment: datetime) -> tuple[str, str]:
    if row.state == Deadline.State.MET:
        return "kept", gettext("已完成")
    if row.state == Deadline.State.CANCELLED:
        return "none", gettext("已取消")
    if row.state == Deadline.State.PAUSED:
        return "paused", gettext("已暂停")
    if row.is_broken or row.due_at < moment:
        return "overdue", left_words(row.due_at, moment)
    if row.due_at - moment < _NEAR:
        return "today", left_words(row.due_at, moment)
    return "planned", left_words(row.due_at, moment)


def _tip(row: Deadline, label: str, percent: int) -> str:
    values = {
        "kind": label,
        "due": full_time(row.due_at),
        "start": full_time(row.started_at),
        "percent": percent,
        "reason": row.pause_reason,
    }
    if row.state == Deadline.State.PAUSED:
        if row.pause_reason:
            return gettext("%(kind)s：已暂停，原因是%(reason)s；%(start)s 开始，已用 %(percent)s%%") % values
        return gettext("%(kind)s：已暂停；%(start)s 开始，已用 %(percent)s%%") % values
    if row.business_time:
        return gettext("%(kind)s：%(due)s 截止，%(start)s 开始，已用 %(percent)s%%，只计工作时间") % values
    return gettext("%(kind)s：%(due)s 截止，%(start)s 开始，已用 %(percent)s%%") % values


def _clock(span: timedelta) -> dict[str, int]:
    minutes = int(span.total_seconds() // 60)
    return {"hours": minutes // 60, "minutes": minutes % 60}
