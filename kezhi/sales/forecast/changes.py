"""What changed since some days ago: read from the event log, for the opportunities the actor sees (SAL-8)."""

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext

from kezhi.access.actors import Actor
from kezhi.core.clock import now
from kezhi.core.events import Json
from kezhi.core.figures import integer_figure
from kezhi.core.models import Event, EventSubject
from kezhi.records.presenting import present_all
from kezhi.records.registry import record_type
from kezhi.sales.forecast.asked import Asked, countable, readable
from kezhi.sales.models import Opportunity
from kezhi.ui import html

MOST = 500
_WATCHED = ("amount", "expected_close_on", "forecast", "stage")
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Changed:
    """One opportunity and what became of it; ``parts`` are (label, before, after)."""

    title: str
    url: str
    owner: str
    amount: str
    parts: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class ChangeGroup:
    """Opportunities to which the same happened, with their sum."""

    key: str
    label: str
    total: str
    rows: list[Changed]
    tone: str = ""


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """The page; ``is_capped`` when more opportunities changed than are looked at."""

    asked: Asked
    days: int
    groups: list[ChangeGroup]
    is_capped: bool


def changes_page(asked: Asked, actor: Actor, days: int | None = None) -> ChangesPage:
    """What is new, won, lost, larger, smaller, sooner, later since ``days`` days (a figure) ago."""
    days = days or integer_figure("sales.forecast_changes_days")
    since = now() - timedelta(days=days)
    rows = countable(asked, actor).filter(changed_at__gte=since).select_related("customer")
    found = list(rows.order_by("-changed_at", "-id")[: MOST + 1])
    before = _values_before([row.pk for row in found[:MOST]], since)
    known = record_type("opportunity")
    grouped: dict[str, list[tuple[Opportunity, Decimal, list[tuple[str, str, str]]]]] = defaultdict(list)
    for row in found[:MOST]:
        was = before.get(row.pk, {})
        parts = [
            (str(field.label), field.text(field.from_json(was[key])), field.text(field.get(row)))
            for key in _WATCHED
            if key in was and readable(key, actor) and (field := known.field(key)) is not None
        ]
        for key, amount in _sort(row, was, since):
            grouped[key].append((row, amount, parts))
    shown = {
        presented.id: presented
        for presented in present_all(
            {row.pk: row for group in grouped.values() for row, _a, _p in group}.values(), known, actor
        )
    }
    labels = {
        "won": (gettext("赢单"), "done"),
        "lost": (gettext("输单"), "danger"),
        "new": (gettext("新增"), ""),
        "larger": (gettext("金额增加"), "done"),
        "smaller": (gettext("金额减少"), "warning"),
        "sooner": (gettext("预计成交提前"), ""),
        "later": (gettext("预计成交推迟"), "warning"),
        "moved": (gettext("阶段或预测有变"), ""),
    }
    groups = [
        ChangeGroup(
            key,
            label,
            html.wan(sum((amount for _row, amount, _parts in grouped[key]), _ZERO)),
            [
                Changed(shown[row.pk].title, shown[row.pk].url, shown[row.pk].text("owner"), html.wan(amount), parts)
                for row, amount, parts in grouped[key]
            ],
            tone,
        )
        for key, (label, tone) in labels.items()
        if key in grouped
    ]
    return ChangesPage(asked, days, groups, len(found) > MOST)


def _sort(row: Opportunity, was: Mapping[str, Json], since: datetime) -> list[tuple[str, Decimal]]:
    """Which groups an opportunity stands in, with the amount that counts there."""
    amount = row.amount or _ZERO
    if row.state == Opportunity.State.WON and row.closed_at and row.closed_at >= since and "stage" in was:
        return [("won", amount)]
    if row.state == Opportunity.State.LOST and row.closed_at and row.closed_at >= since and "stage" in was:
        return [("lost", amount)]
    if row.created_at >= since:
        return [("new", amount)]
    if row.state != Opportunity.State.OPEN:
        return []
    groups: list[tuple[str, Decimal]] = []
    if "amount" in was:
        change = amount - Decimal(str(was["amount"] or 0))
        if change:
            groups.append(("larger" if change > 0 else "smaller", change))
    if "expected_close_on" in was and was["expected_close_on"] and row.expected_close_on:
        old = str(was["expected_close_on"])
        if old != row.expected_close_on.isoformat():
            groups.append(("sooner" if row.expected_close_on.isoformat() < old else "later", amount))
    if not groups and ("stage" in was or "forecast" in was):
        groups.append(("moved", amount))
    return groups


def _values_before(ids: list[int], since: datetime) -> dict[int, dict[str, Json]]:
    """The watched values as they stood before the first change in the span."""
    subjects = EventSubject.objects.filter(record_type="opportunity", record_id__in=ids)
    rows = (
        Event.objects.filter(pk__in=subjects.values("event_id"), record_type="opportunity", at__gte=since)
        .order_by("id")
        .values_list("record_id", "changes")
    )
    found: dict[int, dict[str, Json]] = defaultdict(dict)
    for record_id, stored in rows:
        for key, pair in json.loads(stored).items():
            if key in _WATCHED and isinstance(pair, list) and key not in found[record_id]:
                found[record_id][key] = pair[0]
    return found
