"""What stands in calendars: every app names its dated things here; the page and the feed ask all of them (FUP-9)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.models import FieldLevel
from kezhi.core.clock import day_start, local
from kezhi.records.fields import RecordField
from kezhi.records.linking import titles_loaded
from kezhi.records.presenting import Presented, Presenter
from kezhi.records.registry import find_record_type
from kezhi.work.models import Task

Text = str | Promise
_MOST = 400


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """Something on a day, as one reader may see it. ``at`` is its moment where it has one."""

    key: str
    day: date
    title: str
    url: str
    label: Text
    icon: str
    person: str = ""
    at: datetime | None = None

    @property
    def clock(self) -> str:
        """The time of day, where it has one."""
        return f"{local(self.at):%H:%M}" if self.at is not None else ""


# From a reader, the first and the last day, and whether colleagues' things are wanted too.
Source = Callable[[Actor, date, date, bool], Sequence[CalendarEntry]]
_sources: dict[str, Source] = {}


def register_calendar_source(name: str, source: Source) -> None:
    """Let an app put its dated things into calendars; it gives what the reader may see. The same name replaces."""
    _sources[name] = source


def calendar_entries(actor: Actor, first: date, last: date, *, team: bool = False) -> list[CalendarEntry]:
    """Everything from ``first`` to ``last`` in order; one's own, or with ``team`` all one sees. A few queries."""
    found = [entry for source in _sources.values() for entry in source(actor, first, last, team)]
    return sorted(found, key=lambda entry: (entry.day, entry.at is not None, str(entry.at or ""), entry.key))


def date_source(record_type_key: str, field: str, label: Text, icon: str, *, of: str = "", **where: object) -> Source:
    """A source of records by one of their days; nothing for readers who do not read the field.

    ``of``: a field that leads to another record, whose name goes before the title where the reader sees it.
    """

    def source(actor: Actor, first: date, last: date, team: bool) -> list[CalendarEntry]:
        known = find_record_type(record_type_key)
        if known is None or not actor.allows(known.key, "view"):
            return []
        if known.level(field, actor) not in (FieldLevel.READ, FieldLevel.WRITE):
            return []
        rows = known.model.objects.visible_to(actor).filter(**{f"{field}__range": (first, last)}, **where)
        if not team:
            rows = rows.filter(**{f"{known.owner_path}__in": actor.rights.own_ids})
        presenter = Presenter(known, actor)
        found = list(rows.select_related(*known.related_load).order_by(field, "pk")[:_MOST])
        linked: dict[str, list[int]] = {}
        target = known.field(of) if of else None
        if isinstance(target, RecordField):
            linked[target.to] = [key for record in found if (key := getattr(record, f"{of}_id"))]
        with titles_loaded(linked, actor):
            return [
                CalendarEntry(
                    f"{known.key}-{field}-{record.pk}",
                    getattr(record, field),
                    " · ".join(filter(None, (shown.text(of) if of else "", shown.title))),
                    shown.url,
                    label,
                    icon,
                    shown.text("owner") if known.field("owner") is not None else "",
                )
                for record in found
                for shown in (Presented(record, presenter),)
            ]

    return source


def _tasks(actor: Actor, first: date, last: date, team: bool) -> list[CalendarEntry]:
    known = find_record_type("task")
    if known is None or not actor.allows("task", "view"):
        return []
    rows = Task.objects.visible_to(actor).filter(
        state=Task.State.OPEN, due_at__gte=day_start(first), due_at__lt=day_start(last + timedelta(days=1))
    )
    if not team:
        rows = rows.filter(owner_id__in=actor.rights.own_ids)
    if known.level("due_at", actor) not in (FieldLevel.READ, FieldLevel.WRITE):
        return []
    presenter = Presenter(known, actor)
    found = []
    for task in rows.order_by("due_at", "pk")[:_MOST]:
        shown = Presented(task, presenter)
        found.append(
            CalendarEntry(
                f"task-{task.pk}",
                local(task.due_at).date(),
                shown.title,
                shown.url,
                _("任务"),
                "check",
                shown.text("owner"),
                task.due_at,
            )
        )
    return found


register_calendar_source("task", _tasks)
