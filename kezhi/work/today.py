"""The Today page: a list of decisions, each with its one action. Apps above add their own sections."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _
from lunardate import LunarDate

from kezhi.access.actors import Actor
from kezhi.access.rights import organisation, stand_ins
from kezhi.core.clock import day_start, local, now, today
from kezhi.records.presenting import Presented, Presenter
from kezhi.records.registry import record_type
from kezhi.work.models import Task

Text = str | Promise
_MOST = 30


@dataclass(frozen=True, slots=True)
class Act:
    """The one action of a row: a link (maybe in the side sheet), or a POST."""

    label: Text
    url: str
    is_post: bool = False
    sheet: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """One row: when, what and why, whose, and what to do about it. ``state`` is a clock state.

    ``chip`` is safe HTML of a clock that counts down, in place of the words in ``when``.
    """

    state: str
    when: str
    title: str
    url: str
    why: str
    act: Act
    person: str = ""
    more: Sequence[Act] = ()
    chip: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Rows under a heading; ``count`` may be larger than the rows shown, which ``url`` then leads to."""

    key: str
    title: Text
    rows: Sequence[Decision]
    count: int
    url: str = ""


Source = Callable[[Actor], Section | None]
_sources: list[tuple[int, Source]] = []


def register_section(source: Source, *, order: int) -> None:
    """Add a section to everybody's Today; it gives None where it has nothing for this person."""
    if all(known is not source for _order, known in _sources):
        _sources.append((order, source))


@dataclass(frozen=True, slots=True)
class Goal:
    """How far somebody is with something: its words, the value in words, and 0–100 of the target."""

    label: str
    value: str
    percent: int


GoalSource = Callable[[Actor], Goal | None]
_goals: list[GoalSource] = []


def register_goal(source: GoalSource) -> None:
    """Add a goal to the side of Today; it gives None where it means nothing for this person."""
    if all(known is not source for known in _goals):
        _goals.append(source)


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the team with what is overdue."""

    name: str
    is_away: bool
    stand_in: str
    overdue: int
    open: int
    url: str


@dataclass(slots=True)
class TodayPage:
    """Everything the Today page shows."""

    actor: Actor
    sections: list[Section] = field(default_factory=list)
    team: list[Colleague] = field(default_factory=list)
    upcoming: list[Decision] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)

    @property
    def date_words(self) -> str:
        """The date as it is read."""
        return long_day(today())

    @property
    def date_more(self) -> list[str]:
        """Weekday and, in Chinese, the lunar day."""
        return day_details(today())

    @property
    def count(self) -> int:
        """How many rows wait."""
        return sum(section.count for section in self.sections)

    @property
    def lead(self) -> str:
        """How much there is, in words."""
        if not self.count:
            return gettext("没有事等您决定。")
        return ngettext("有 %(number)s 件事等您决定。", "有 %(number)s 件事等您决定。", self.count) % {
            "number": self.count
        }

    @property
    def late(self) -> str:
        """How much of it is overdue, in words; nothing where nothing is."""
        number = sum(1 for section in self.sections for row in section.rows if row.state == "overdue")
        if not number:
            return ""
        return ngettext("%(number)s 件已逾期", "%(number)s 件已逾期", number) % {"number": number}


def today_page(actor: Actor) -> TodayPage:
    """The page of one person."""
    page = TodayPage(actor)
    for _order, source in sorted(_sources, key=lambda row: row[0]):
        section = source(actor)
        if section is not None and section.count:
            page.sections.append(section)
    page.team = _team(actor)
    page.upcoming = _upcoming(actor)
    page.goals = [goal for source in _goals if (goal := source(actor)) is not None]
    return page


def task_rows(tasks: Sequence[Task], actor: Actor, *, moment: datetime) -> list[Decision]:
    """Tasks as rows, as the actor may see them."""
    presenter = Presenter(record_type("task"), actor)
    return [_task_row(task, Presented(task, presenter), moment=moment) for task in tasks]


def _task_row(task: Task, shown: Presented, *, moment: datetime) -> Decision:
    state, words = due_words(task.due_at, moment=moment)
    return Decision(
        state=state,
        when=words,
        title=shown.title,
        url=f"/tasks/{task.pk}/",
        why=shown.text("about_title") or shown.text("detail")[:60],
        act=Act(_("完成"), reverse("work:task_done", args=[task.pk]), sheet=True),
        person=shown.text("owner"),
        more=(
            Act(_("推迟"), reverse("work:task_postpone", args=[task.pk]), sheet=True),
            Act(_("转交"), reverse("work:task_hand_over", args=[task.pk]), sheet=True),
            Act(_("取消"), reverse("work:task_drop", args=[task.pk]), sheet=True),
        ),
    )


def due_words(due: datetime | None, *, moment: datetime) -> tuple[str, str]:
    """A clock's state and its words for something due then."""
    if due is None:
        return "none", gettext("未定时间")
    day, here = local(due).date(), local(moment).date()
    if due < moment:
        days = (here - day).days
        if days:
            return "overdue", ngettext("逾期 %(days)s 天", "逾期 %(days)s 天", days) % {"days": days}
        minutes = int((moment - due).total_seconds() // 60)
        if minutes < 60:
            return "overdue", ngettext("逾期 %(minutes)s 分钟", "逾期 %(minutes)s 分钟", minutes) % {"minutes": minutes}
        return "overdue", gettext("逾期 %(hours)s 时 %(minutes)s 分") % {
            "hours": minutes // 60,
            "minutes": minutes % 60,
        }
    if day == here:
        return "today", gettext("今天 %(time)s") % {"time": local(due).strftime("%H:%M")}
    if day == here + timedelta(days=1):
        return "planned", gettext("明天 %(time)s") % {"time": local(due).strftime("%H:%M")}
    return "planned", local(due).strftime("%m-%d %H:%M")


def _tasks(actor: Actor) -> Section | None:
    moment = now()
    rows = (
        Task.objects.visible_to(actor)
        .filter(owner_id__in=actor.rights.own_ids, state=Task.State.OPEN, due_at__lt=day_start(today() + timedelta(1)))
        .order_by("due_at", "id")
    )
    found = list(rows[: _MOST + 1])
    count = len(found) if len(found) <= _MOST else rows.count()
    return Section("tasks", _("到期的任务"), task_rows(found[:_MOST], actor, moment=moment), count, "/tasks/")


def _upcoming(actor: Actor) -> list[Decision]:
    start = day_start(today() + timedelta(days=1))
    rows = Task.objects.visible_to(actor).filter(
        owner_id__in=actor.rights.own_ids,
        state=Task.State.OPEN,
        due_at__gte=start,
        due_at__lt=start + timedelta(days=7),
    )
    return task_rows(list(rows.order_by("due_at", "id")[:8]), actor, moment=now())


def _team(actor: Actor) -> list[Colleague]:
    """Those who answer to the actor, with what is overdue; for managers."""
    people = organisation()
    ids = sorted((actor.rights.above_ids - {actor.user_id}) & people.active_ids)[:60]
    if not ids:
        return []
    rows = Task.objects.visible_to(actor).filter(owner_id__in=ids, state=Task.State.OPEN).order_by()
    counted = rows.values("owner_id").annotate(waiting=Count("pk"), late=Count("pk", filter=Q(due_at__lt=now())))
    held = {owner_id: (late, waiting) for owner_id, late, waiting in counted.values_list("owner_id", "late", "waiting")}
    away = stand_ins()
    team = [
        Colleague(
            people.user_names[pk],
            pk in away,
            people.user_names.get(away.get(pk, 0), ""),
            *held.get(pk, (0, 0)),
            open_tasks_url(pk),
        )
        for pk in ids
    ]
    return sorted(team, key=lambda row: -row.overdue)[:12]


def open_tasks_url(owner_id: int) -> str:
    """The list of somebody's open tasks, the next due first."""
    parts = [
        {"field": "owner", "op": "is", "value": [owner_id]},
        {"field": "state", "op": "is", "value": [Task.State.OPEN]},
    ]
    return f"/tasks/?{urlencode({'filter': json.dumps({'all': parts}), 'sort': 'due_at'})}"


_CHINESE_DIGITS = "〇一二三四五六七八九十"  # zh-data


def long_day(day: date) -> str:
    """A day in words: 十一月二十四日, or 24 November."""
    if (get_language() or "").startswith("zh"):
        return f"{_chinese(day.month)}月{_chinese(day.day)}日"  # zh-data
    return f"{day.day} {day.strftime('%B')}"


def day_details(day: date) -> list[str]:
    """The weekday and, in Chinese, the day of the lunar calendar."""
    weekday = [_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日")][day.weekday()]
    if not (get_language() or "").startswith("zh"):
        return [str(weekday)]
    lunar = LunarDate.from_solar_date(day.year, day.month, day.day)
    months = "正二三四五六七八九十冬腊"  # zh-data
    tens = ("初", "十", "廿", "三")  # zh-data
    if lunar.day in (10, 20, 30):
        name = {10: "初十", 20: "二十", 30: "三十"}[lunar.day]  # zh-data
    else:
        name = tens[lunar.day // 10] + _CHINESE_DIGITS[lunar.day % 10]
    leap = "闰" if lunar.is_leap_month else ""  # zh-data
    return [str(weekday), f"农历{leap}{months[lunar.month - 1]}月{name}"]  # zh-data


def _chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    lead = "" if not tens else "十" if tens == 1 else f"{_CHINESE_DIGITS[tens]}十"  # zh-data
    return lead + (_CHINESE_DIGITS[ones] if ones else "")


register_section(_tasks, order=10)
