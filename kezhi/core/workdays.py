"""Which days and hours are worked, and spans counted in them (SVC-3).

Days come from the table ``CalendarDay``, which ``fill_calendar`` writes and an administrator may edit: the State
Council's arrangement as far as the package chinesecalendar knows it, after that a forecast from the festivals' dates.
A year the table does not hold is answered from the same sources, so nothing fails where nobody has filled it. Days that
are in neither are worked from Monday to Friday.

Hours are figures (09:00–18:00 without 12:00–13:30), for the company or a department. Spans are counted on the company's
clock and cost the same whether they cover an hour or ten years.
"""

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from chinese_calendar import Holiday  # type: ignore[import-untyped]
from chinese_calendar.constants import holidays as state_holidays  # type: ignore[import-untyped]
from chinese_calendar.constants import workdays as state_workdays
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kezhi.core import epochs
from kezhi.core.clock import company_zone, local, today
from kezhi.core.events import ActorRef, EventDraft, EventKind, record_event, register_event_kind
from kezhi.core.figures import Figure, FigureKind, Scalar, register_figure, time_figure
from kezhi.core.models import CalendarDay, CalendarSource
from kezhi.core.values.problem import ValueProblem

register_event_kind(EventKind("core.calendar_day_changed", _("调整了工作日历"), icon="calendar", family="settings"))


def is_workday(day: dt.date) -> bool:
    """Whether the company works on this day."""
    return _calendar().is_workday(day)


def calendar_day(day: dt.date) -> CalendarDay:
    """What the calendar says about a day and where that comes from; not saved if the day is an ordinary one."""
    if row := CalendarDay.objects.filter(day=day).first():
        return row
    if not CalendarDay.objects.filter(day__year=day.year).exists():
        for row in _source_rows(day.year):
            if row.day == day:
                return row
    is_free = day.weekday() >= 5
    source = CalendarSource.WEEKEND if is_free else CalendarSource.WEEKDAY
    return CalendarDay(day=day, is_workday=not is_free, source=source)


def add_workdays(day: dt.date, count: int) -> dt.date:
    """The ``count``-th workday after a day (before it, if negative); 0 gives the day itself or the next workday."""
    calendar = _calendar()
    if count > 0:
        return calendar.after(day, count)
    return calendar.before(day, -count) if count else calendar.after(day - _DAY, 1)


def workdays_between(first: dt.date, last: dt.date) -> int:
    """How many workdays lie after ``first`` up to and including ``last``; negative if ``last`` is earlier."""
    return _calendar().count(first, last)


def add_business_minutes(start: dt.datetime, minutes: int, *, department_id: int | None = None) -> dt.datetime:
    """The moment, in UTC, at which so many working minutes have passed since ``start``; see :func:`add_business_time`.

    Raises:
        ValueError: ``minutes`` is negative.
    """
    return add_business_time(start, dt.timedelta(minutes=minutes), department_id=department_id)


def add_business_time(start: dt.datetime, span: dt.timedelta, *, department_id: int | None = None) -> dt.datetime:
    """The moment, in UTC, at which so much working time has passed since ``start``.

    What ends with a working day is due at its end, not on the next morning. No time at all gives ``start`` itself.

    Raises:
        ValueError: ``span`` is negative.
    """
    wanted = span // _MICROSECOND
    if wanted < 0:
        raise ValueError("a promise cannot be due before it begins")
    if wanted == 0:
        return start.astimezone(dt.UTC)
    calendar, hours = _calendar(), _hours(department_id)
    begin = local(start)
    passed = hours.worked_until(begin.time()) if calendar.is_workday(begin.date()) else 0
    days, rest = divmod(passed + wanted, hours.day)
    if rest == 0:
        days, rest = days - 1, hours.day
    return hours.moment(calendar.after(begin.date() - _DAY, days + 1), rest)


def business_minutes_between(first: dt.datetime, last: dt.datetime, *, department_id: int | None = None) -> int:
    """How many whole working minutes lie between two moments; negative if ``last`` is earlier."""
    if last < first:
        return -business_minutes_between(last, first, department_id=department_id)
    return business_time_between(first, last, department_id=department_id) // dt.timedelta(minutes=1)


def business_time_between(first: dt.datetime, last: dt.datetime, *, department_id: int | None = None) -> dt.timedelta:
    """How much working time lies between two moments; negative if ``last`` is earlier."""
    if last < first:
        return -business_time_between(last, first, department_id=department_id)
    calendar, hours = _calendar(), _hours(department_id)
    begin, end = local(first), local(last)
    worked = calendar.count(begin.date() - _DAY, end.date() - _DAY) * hours.day
    if calendar.is_workday(begin.date()):
        worked -= hours.worked_until(begin.time())
    if calendar.is_workday(end.date()):
        worked += hours.worked_until(end.time())
    return worked * _MICROSECOND


def next_business_moment(moment: dt.datetime, *, department_id: int | None = None) -> dt.datetime:
    """The moment itself if it lies in working time, else the beginning of the next working time, in UTC."""
    calendar, hours = _calendar(), _hours(department_id)
    begin = local(moment)
    if calendar.is_workday(begin.date()):
        for opens, closes in hours.spans:
            if begin.time() < closes:
                return moment.astimezone(dt.UTC) if begin.time() >= opens else hours.at(begin.date(), opens)
    return hours.at(calendar.after(begin.date(), 1), hours.spans[0][0])


@dataclass(frozen=True)
class WorkingHours:
    """The working time of one day on the company's clock, as spans without a break."""

    spans: tuple[tuple[dt.time, dt.time], ...]
    day: int  # microseconds worked in a day

    def worked_until(self, time: dt.time) -> int:
        """The microseconds worked in a day when the clock shows ``time``."""
        reached = _microseconds(time)
        return sum(max(0, min(reached, _microseconds(closes)) - _microseconds(opens)) for opens, closes in self.spans)

    def moment(self, day: dt.date, worked: int) -> dt.datetime:
        """The moment, in UTC, at which so much of this day's work is done."""
        for opens, closes in self.spans:
            length = _microseconds(closes) - _microseconds(opens)
            if worked <= length:
                start = dt.datetime.combine(day, opens)
                return (start + dt.timedelta(microseconds=worked)).replace(tzinfo=company_zone()).astimezone(dt.UTC)
            worked -= length
        raise ValueError("a working day is not that long")

    def at(self, day: dt.date, time: dt.time) -> dt.datetime:
        """The moment, in UTC, at which the company's clock shows this time on this day."""
        return dt.datetime.combine(day, time, tzinfo=company_zone()).astimezone(dt.UTC)


def working_hours(department_id: int | None = None) -> WorkingHours:
    """The working hours in force for the company or a department."""
    return _hours(department_id)


# --- the editable table ---------------------------------------------------------------------------------------------


@transaction.atomic
def fill_calendar(years: Iterable[int] | None = None) -> int:
    """Write the days of these years (last year to two years ahead) into the table and give the number of rows changed.

    Days a person has set stay as they are; a forecast gives way to the arrangement once that is known.
    """
    this_year = today().year
    changed = 0
    for year in sorted(set(years if years is not None else range(this_year - 1, this_year + 3))):
        wanted = {row.day: row for row in _source_rows(year)}
        present = {row.day: row for row in CalendarDay.objects.filter(day__year=year)}
        stale = [day for day, row in present.items() if day not in wanted and row.source != CalendarSource.MANUAL]
        CalendarDay.objects.filter(day__in=stale).delete()
        new = [row for day, row in wanted.items() if day not in present]
        CalendarDay.objects.bulk_create(new)
        moved = [
            row
            for day, row in wanted.items()
            if day in present and present[day].source != CalendarSource.MANUAL and _differs(row, present[day])
        ]
        CalendarDay.objects.bulk_update(moved, ["is_workday", "name_zh", "name_en", "source"])
        changed += len(stale) + len(new) + len(moved)
    if changed:
        epochs.bump("calendar")
    return changed


@transaction.atomic
def set_calendar_day(
    day: dt.date, *, is_workday: bool, name_zh: str, name_en: str = "", actor_ref: ActorRef
) -> CalendarDay:
    """Say by hand whether a day is worked; later fillings respect it."""
    if not name_zh.strip():
        raise ValueProblem("calendar.name", _("请写明这一天为什么上班或放假。"))
    fill_calendar([day.year])
    before = _calendar().is_workday(day)
    row, _created = CalendarDay.objects.update_or_create(
        day=day,
        defaults={
            "is_workday": is_workday,
            "name_zh": name_zh.strip()[:60],
            "name_en": name_en.strip()[:60],
            "source": CalendarSource.MANUAL,
        },
    )
    epochs.bump("calendar")
    _record(day, before, is_workday, actor_ref)
    return row


@transaction.atomic
def forget_calendar_day(day: dt.date, *, actor_ref: ActorRef) -> None:
    """Take back what a person set; the day is as its source says again."""
    before = is_workday(day)
    CalendarDay.objects.filter(day=day, source=CalendarSource.MANUAL).delete()
    fill_calendar([day.year])
    epochs.bump("calendar")
    _record(day, before, is_workday(day), actor_ref)


def _record(day: dt.date, before: bool, after: bool, actor_ref: ActorRef) -> None:
    record_event(
        EventDraft(
            kind="core.calendar_day_changed",
            record_type="calendar_day",
            record_id=day.toordinal(),
            actor=actor_ref,
            changes={"is_workday": (before, after)},
            facts={"day": day.isoformat()},
        )
    )


def _differs(row: CalendarDay, other: CalendarDay) -> bool:
    return (row.is_workday, row.name_zh, row.name_en, row.source) != (
        other.is_workday,
        other.name_zh,
        other.name_en,
        other.source,
    )


# --- where days come from -------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _source_days(year: int) -> Mapping[dt.date, bool]:
    return {row.day: row.is_workday for row in _source_rows(year)}


def _source_rows(year: int) -> list[CalendarDay]:
    """The days of a year that are not simply worked weekdays or free weekends."""
    if min(state_holidays).year <= year <= max(state_holidays).year:
        rows = [_state_row(day, name, is_workday=False) for day, name in state_holidays.items() if day.year == year]
        rows += [_state_row(day, name, is_workday=True) for day, name in state_workdays.items() if day.year == year]
        return sorted(rows, key=lambda row: row.day)
    import holidays  # slow to load, and asked once a year

    chinese = holidays.country_holidays("CN", years=year, language="zh_CN")
    english = holidays.country_holidays("CN", years=year, language="en_US")
    return [
        CalendarDay(
            day=day,
            is_workday=False,
            name_zh=chinese[day][:60],
            name_en=english.get(day, "")[:60],
            source=CalendarSource.FORECAST,
        )
        for day in sorted(chinese)
        if day.year == year
    ]


def _state_row(day: dt.date, name: str, *, is_workday: bool) -> CalendarDay:
    festival = Holiday(name).chinese
    # zh-data: stored in both languages
    return CalendarDay(
        day=day,
        is_workday=is_workday,
        name_zh=f"{festival}调休上班" if is_workday else festival,
        name_en=f"Workday for {name}" if is_workday else name,
        source=CalendarSource.STATE,
    )


# --- counting ---------------------------------------------------------------------------------------------------------

_DAY = dt.timedelta(days=1)
_MICROSECOND = dt.timedelta(microseconds=1)


@dataclass(frozen=True)
class _Calendar:
    """The workdays of each year in order, worked out when the year is first asked for."""

    edited: Mapping[dt.date, bool]
    edited_years: frozenset[int]
    years: dict[int, list[dt.date]] = field(default_factory=dict)

    def is_workday(self, day: dt.date) -> bool:
        days = self._workdays(day.year)
        place = bisect_left(days, day)
        return place < len(days) and days[place] == day

    def count(self, first: dt.date, last: dt.date) -> int:
        """The workdays after ``first`` up to and including ``last``; negative if ``last`` is earlier."""
        if last < first:
            return -self.count(last, first)
        between = sum(len(self._workdays(year)) for year in range(first.year, last.year))
        return between + bisect_right(self._workdays(last.year), last) - bisect_right(self._workdays(first.year), first)

    def after(self, day: dt.date, count: int) -> dt.date:
        """The ``count``-th workday after a day, counted from 1."""
        year, place = day.year, bisect_right(self._workdays(day.year), day) + count - 1
        while place >= len(days := self._workdays(year)):
            place -= len(days)
            year += 1
        return days[place]

    def before(self, day: dt.date, count: int) -> dt.date:
        """The ``count``-th workday before a day, counted from 1."""
        year, place = day.year, bisect_left(self._workdays(day.year), day) - count
        while place < 0:
            year -= 1
            place += len(self._workdays(year))
        return self._workdays(year)[place]

    def _workdays(self, year: int) -> list[dt.date]:
        if (known := self.years.get(year)) is None:
            special = self.edited if year in self.edited_years else _source_days(year)
            first = dt.date(year, 1, 1)
            days = (first + dt.timedelta(days=number) for number in range((dt.date(year, 12, 31) - first).days + 1))
            known = self.years[year] = [day for day in days if special.get(day, day.weekday() < 5)]
        return known


def _calendar() -> _Calendar:
    return epochs.cached("calendar", "days", _load_calendar)


def _load_calendar() -> _Calendar:
    edited = dict(CalendarDay.objects.values_list("day", "is_workday"))
    return _Calendar(edited, frozenset(day.year for day in edited))


def _hours(department_id: int | None) -> WorkingHours:
    return epochs.cached("figures", ("working_hours", department_id), lambda: _load_hours(department_id))


def _load_hours(department_id: int | None) -> WorkingHours:
    start, lunch, back, end = (time_figure(key, department_id) for key in HOURS_KEYS)
    spans = ((start, lunch), (back, end)) if lunch < back else ((start, end),)
    return WorkingHours(spans, sum(_microseconds(closes) - _microseconds(opens) for opens, closes in spans))


def _microseconds(time: dt.time) -> int:
    return ((time.hour * 60 + time.minute) * 60 + time.second) * 1_000_000 + time.microsecond


# --- figures ----------------------------------------------------------------------------------------------------------

HOURS_KEYS = ("calendar.work_start", "calendar.lunch_start", "calendar.lunch_end", "calendar.work_end")


def _in_order(position: int) -> Callable[[Scalar, int | None], None]:
    """A check that the four times stay in order when the one at this position changes."""

    def check(value: Scalar, department_id: int | None) -> None:
        times: list[Scalar] = [time_figure(key, department_id) for key in HOURS_KEYS]
        times[position] = value
        start, lunch, back, end = (time for time in times if isinstance(time, dt.time))
        if not start < lunch <= back < end:
            raise ValueProblem("calendar.hours", _("时间顺序应为：上班、午休开始、午休结束、下班。"))

    return check


for _position, (_default, _label) in enumerate(
    (
        (dt.time(9), _("上班时间")),
        (dt.time(12), _("午休开始")),
        (dt.time(13, 30), _("午休结束")),
        (dt.time(18), _("下班时间")),
    )
):
    register_figure(
        Figure(
            HOURS_KEYS[_position],
            _default,
            kind=FigureKind.TIME,
            label=_label,
            help=_("响应时限、处理时限等按工作时间计算；午休开始与结束相同表示没有午休。"),
            source="SVC-3",
            per_department=True,
            check=_in_order(_position),
        )
    )
