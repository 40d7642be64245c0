"""The page of promises: what is at risk and what is broken among the records somebody sees, and Today's part of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import GuardedQuerySet
from kezhi.access.rights import organisation, stand_ins
from kezhi.core.clock import now
from kezhi.records.presenting import present_all
from kezhi.records.registry import find_record_type, record_types
from kezhi.work.deadlines_chips import Chip, chip_of
from kezhi.work.deadlines_kinds import deadline_kind, deadline_kinds
from kezhi.work.models.deadlines import OPEN_STATES, Deadline

PAGE = 50
_MOST_COUNTED = 5000

_OPEN = Q(state__in=OPEN_STATES)
_BROKEN = Q(breached_at__isnull=False)
STATES: Mapping[str, tuple[str | Promise, Q]] = {
    "": (_("有风险和已逾期"), _OPEN & (_BROKEN | Q(warned__gt=0))),
    "broken": (_("已逾期"), _OPEN & _BROKEN),
    "risk": (_("有风险"), _OPEN & ~_BROKEN & Q(warned__gt=0)),
    "open": (_("全部未完成"), _OPEN),
    "paused": (_("已暂停"), Q(state=Deadline.State.PAUSED)),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One promise with the words for it."""

    deadline: Deadline
    chip: Chip
    title: str
    url: str
    type_label: str
    owner: str
    stand_in: str

    @property
    def address(self) -> str:
        """Where it is shown and acted on."""
        return reverse("work:deadline", args=[self.deadline.pk])


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a filter."""

    value: str
    label: str | Promise
    is_on: bool
    count: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class DeadlineFilter:
    """What the page is asked for; from the address, so that it can be bookmarked."""

    state: str = ""
    kind: str = ""
    owner: int | None = None
    after: tuple[datetime, int] | None = None

    def where(self) -> Q:
        """The condition, without the key."""
        where = STATES[self.state][1]
        if self.kind:
            where &= Q(kind=self.kind)
        if self.owner is not None:
            where &= Q(owner_id=self.owner)
        return where

    def address(self, **changes: object) -> str:
        """The address of the page with some of it changed; from the first row on."""
        values: dict[str, object] = {"state": self.state, "kind": self.kind, "owner": self.owner or ""}
        query = urlencode({key: value for key, value in (values | changes).items() if value})
        return f"{reverse('work:deadlines')}{'?' + query if query else ''}"


@dataclass(slots=True)
class DeadlinePage:
    """Everything the page shows."""

    wanted: DeadlineFilter
    rows: Sequence[Row]
    states: Sequence[Choice]
    kinds: Sequence[Choice]
    owners: Sequence[Choice]
    next_url: str = ""
    first_url: str = ""
    extra: Mapping[str, object] = field(default_factory=dict)


def read_filter(values: Mapping[str, str]) -> DeadlineFilter:
    """A filter from an address; what means nothing is left out."""
    state, kind, owner = values.get("state", ""), values.get("kind", ""), values.get("owner", "")
    moment, _comma, key = values.get("after", "").partition(",")
    after = None
    try:
        due = parse_datetime(moment)
    except ValueError:
        due = None
    if due is not None and due.tzinfo is not None and key.isdecimal() and len(key) < 19:
        after = (due, int(key))
    return DeadlineFilter(
        state=state if state in STATES else "",
        kind=kind if deadline_kind(kind) is not None else "",
        owner=int(owner) if owner.isdecimal() and len(owner) < 19 else None,
        after=after,
    )


def deadline_page(wanted: DeadlineFilter, actor: Actor) -> DeadlinePage:
    """One page of promises about records the actor sees, the earliest due first; a fixed number of queries."""
    rows = Deadline.objects.visible_to(actor).filter(wanted.where()).order_by("due_at", "pk")
    if wanted.after is not None:
        due, key = wanted.after
        rows = rows.filter(Q(due_at__gt=due) | Q(due_at=due, pk__gt=key))
    found = list(rows[: PAGE + 1])
    page = DeadlinePage(
        wanted, deadline_rows(found[:PAGE], actor), _states(wanted, actor), _kinds(wanted), _owners(wanted, actor)
    )
    if wanted.after is not None:
        page.first_url = wanted.address()
    if len(found) > PAGE:
        last = found[PAGE - 1]
        page.next_url = wanted.address(after=f"{last.due_at.isoformat()},{last.pk}")
    return page


def deadline_rows(deadlines: Sequence[Deadline], actor: Actor, moment: datetime | None = None) -> list[Row]:
    """Deadlines of records the actor sees, with the records' names; a query per type of record."""
    moment = moment or now()
    ids: dict[str, set[int]] = {}
    for deadline in deadlines:
        ids.setdefault(deadline.record_type, set()).add(deadline.record_id)
    named: dict[tuple[str, int], tuple[str, str]] = {}
    for key, record_ids in ids.items():
        known = find_record_type(key)
        if known is None:
            continue
        records = known.model.objects.visible_to(actor).filter(pk__in=record_ids)
        for shown in present_all(records.select_related(*known.related_load), known, actor):
            named[key, shown.id] = (shown.title, shown.url)
    people, away = organisation().user_names, stand_ins()
    found = []
    for deadline in deadlines:
        known = find_record_type(deadline.record_type)
        title, url = named.get((deadline.record_type, deadline.record_id), ("", ""))
        owner_id = deadline.owner_id or 0
        found.append(
            Row(
                deadline=deadline,
                chip=chip_of(deadline, moment),
                title=title if known is not None else deadline.title,
                url=url,
                type_label=str(known.label) if known is not None else "",
                owner=people.get(owner_id, ""),
                stand_in=people.get(away.get(owner_id, 0), ""),
            )
        )
    return found


def own_pressing(actor: Actor, moment: datetime, but_types: Sequence[str] = ()) -> GuardedQuerySet[Deadline]:
    """Somebody's own promises (and those of whom they stand in for) that are broken or run out within a day."""
    return (
        Deadline.objects.visible_to(actor)
        .filter(
            state=Deadline.State.RUNNING, owner_id__in=actor.rights.own_ids, due_at__lt=moment + timedelta(hours=24)
        )
        .exclude(record_type__in=but_types)
        .order_by("due_at", "pk")
    )


def _states(wanted: DeadlineFilter, actor: Actor) -> list[Choice]:
    """The tabs with their numbers: all of them in one query, which stops counting where it says no more."""
    rows = Deadline.objects.visible_to(actor).filter(DeadlineFilter("open", wanted.kind, wanted.owner).where())
    counted: Any = rows.order_by().values("state", "breached_at", "warned")[: _MOST_COUNTED + 1]
    names = {key: key or "pressing" for key in STATES}
    numbers = counted.aggregate(**{names[key]: Count("state", filter=where) for key, (_label, where) in STATES.items()})
    more = "+" if numbers["open"] > _MOST_COUNTED else ""
    return [
        Choice(
            key,
            label,
            key == wanted.state,
            f"{min(numbers[names[key]], _MOST_COUNTED):,}{more}",
            DeadlineFilter(key, wanted.kind, wanted.owner).address(),
        )
        for key, (label, _where) in STATES.items()
    ]


def _kinds(wanted: DeadlineFilter) -> list[Choice]:
    return [Choice(kind.key, kind.label, kind.key == wanted.kind) for kind in deadline_kinds()]


def _owners(wanted: DeadlineFilter, actor: Actor) -> list[Choice]:
    """Those whose records the actor sees."""
    people = organisation()
    ids: set[int] = set()
    for record_type in record_types():
        owners = actor.owners(record_type.key, "view")
        ids |= people.active_ids if owners is None else owners
    named = sorted((people.user_names[pk], pk) for pk in ids if pk in people.user_names)
    return [Choice(str(pk), name, pk == wanted.owner) for name, pk in named]
