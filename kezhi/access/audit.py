"""Reading the event log as a whole: filtered, paged by key (OPS-3)."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import QuerySet

from kezhi.core.clock import day_end, day_start
from kezhi.core.models.events import Event, EventSubject

PAGE = 50


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """What of the log is wanted; empty values mean everything. ``before`` is the id where the last page ended."""

    actor_id: int | None = None
    kinds: tuple[str, ...] = ()
    first_day: dt.date | None = None
    last_day: dt.date | None = None
    record_type: str = ""
    record_id: int | None = None
    operation: str = ""
    before: int | None = None


def read_log(wanted: AuditFilter) -> tuple[list[Event], int | None]:
    """One page, newest first, and the key of the next page (None on the last one).

    Days are turned into ids first: the log only grows, so ids run with time and no index over moments is needed.
    """
    rows: QuerySet[Event] = Event.objects.order_by("-id")
    if wanted.actor_id is not None:
        rows = rows.filter(actor_id=wanted.actor_id)
    if wanted.kinds:
        rows = rows.filter(kind__in=wanted.kinds)
    if wanted.operation:
        rows = rows.filter(operation=wanted.operation)
    if wanted.record_type and wanted.record_id is not None:
        about = EventSubject.objects.filter(record_type=wanted.record_type, record_id=wanted.record_id)
        rows = rows.filter(pk__in=about.values("event_id"))
    elif wanted.record_type:
        rows = rows.filter(record_type=wanted.record_type)
    if wanted.first_day is not None:
        rows = rows.filter(pk__gte=first_id_at(day_start(wanted.first_day)))
    if wanted.last_day is not None:
        rows = rows.filter(pk__lt=first_id_at(day_end(wanted.last_day)))
    if wanted.before is not None:
        rows = rows.filter(pk__lt=wanted.before)
    page = list(rows[: PAGE + 1])
    following = page[PAGE - 1].pk if len(page) > PAGE else None
    return page[:PAGE], following


def first_id_at(moment: dt.datetime) -> int:
    """The smallest id of an event at or after a moment (one past the last when there is none), by halving."""
    newest = Event.objects.order_by("-id").values_list("id", "at").first()
    if newest is None:
        return 0
    if newest[1] < moment:
        return newest[0] + 1
    low, high = 0, newest[0]
    while low < high:
        middle = (low + high) // 2
        found = Event.objects.filter(pk__gte=middle).order_by("id").values_list("id", "at").first()
        if found is None or found[1] >= moment:
            high = middle
        else:
            low = found[0] + 1
    return low
