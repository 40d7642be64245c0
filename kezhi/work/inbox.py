"""The inbox page: what waits for one person, by urgency, each with its one action (UX-5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from kezhi.access.actors import Actor
from kezhi.access.directory import person_name
from kezhi.core.clock import now
from kezhi.ui.html import Tab, Text
from kezhi.work.inbox_acts import mine, moment_key, moment_of
from kezhi.work.inbox_rows import Line, line_html
from kezhi.work.models import Notification
from kezhi.work.notices_kinds import NoticeKind, find_notice_kind, notice_kinds
from kezhi.work.notices_showing import hidden_ids

PAGE = 30
MOST_COUNTED = 100

WAITING, UNREAD, POSTPONED, ALL = "waiting", "unread", "postponed", "all"
# One index serves a state in this order; any other order would walk through everything the person ever got.
_BY_URGENCY = (WAITING, POSTPONED)
_LABELS: dict[str, Text] = {
    WAITING: pgettext_lazy("inbox", "待处理"),
    UNREAD: gettext_lazy("未读"),
    POSTPONED: gettext_lazy("已推迟"),
    ALL: gettext_lazy("全部"),
}
_HEADS: dict[int, Text] = {
    Notification.Urgency.HIGH: gettext_lazy("紧急"),
    Notification.Urgency.NORMAL: gettext_lazy("普通"),
    Notification.Urgency.LOW: gettext_lazy("不急"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Which part of the inbox: a filter, one kind or all, and the key after which the page begins."""

    filter: str = WAITING
    kind: str = ""
    after: str = ""

    @classmethod
    def read(cls, raw: dict[str, str]) -> "Place":
        """From an address; what makes no sense is left out."""
        chosen = raw.get("filter", "")
        kind = raw.get("kind", "")
        return cls(
            chosen if chosen in _LABELS else WAITING,
            kind if find_notice_kind(kind) else "",
            raw.get("after", ""),
        )

    def url(self, **changes: str) -> str:
        """The address of this place, or of one that differs from it; a change other than of the page starts anew."""
        values = {"filter": self.filter, "kind": self.kind, "after": "", **changes}
        kept = {key: value for key, value in values.items() if value and (key, value) != ("filter", WAITING)}
        return f"/inbox/?{urlencode(kept)}" if kept else "/inbox/"


@dataclass(frozen=True, slots=True)
class Group:
    """Lines under one heading; an empty heading where there is nothing to tell apart."""

    title: Text
    lines: Sequence[SafeString]


@dataclass(frozen=True, slots=True)
class InboxPage:
    """Everything the page shows."""

    place: Place
    groups: Sequence[Group]
    tabs: Sequence[Tab]
    kinds: Sequence[tuple[Text, str, bool]]
    kind_label: Text
    older_url: str
    newest_url: str
    here_url: str
    unread: int

    @property
    def is_empty(self) -> bool:
        """Whether nothing is shown."""
        return not self.groups


def inbox_page(actor: Actor, place: Place) -> InboxPage:
    """One page of somebody's inbox, in a fixed number of queries however full it is."""
    rows = list(_after(_ordered(_filtered(mine(actor), place), place.filter), place)[: PAGE + 1])
    shown, more = rows[:PAGE], len(rows) > PAGE
    waiting, unread = count_waiting(actor), count_unread(actor)
    counts: dict[str, int | None] = {WAITING: waiting, UNREAD: unread}
    kind = find_notice_kind(place.kind)
    return InboxPage(
        place=place,
        groups=_groups(shown, actor, by_urgency=place.filter in _BY_URGENCY),
        tabs=[
            Tab(label, place.url(filter=key), capped(counts.get(key)), place.filter == key)
            for key, label in _LABELS.items()
        ],
        kinds=[(_("全部类型"), place.url(kind=""), not place.kind), *_kinds(place)],
        kind_label=kind.label if kind else _("全部类型"),
        older_url=place.url(after=_key(shown[-1], place.filter)) if more else "",
        newest_url=place.url() if place.after else "",
        here_url=place.url(after=place.after),
        unread=unread,
    )


def count_waiting(actor: Actor) -> int:
    """How many wait for this person, counted no further than needed."""
    return mine(actor).filter(state=Notification.State.WAITING)[:MOST_COUNTED].count()


def count_unread(actor: Actor) -> int:
    """How many this person has not read, counted no further than needed."""
    return mine(actor).filter(read_at__isnull=True)[:MOST_COUNTED].count()


def capped(number: int | None) -> int | str | None:
    """A count as it is shown: "99+" where there are more than anybody counts."""
    if number is None:
        return None
    return f"{MOST_COUNTED - 1}+" if number >= MOST_COUNTED else number


def lines_of(rows: Sequence[Notification], actor: Actor) -> list[Line]:
    """Notifications as one reader may see them now."""
    hidden = hidden_ids(rows, actor)
    moment = now()
    kinds = {kind.key: str(kind.label) for kind in notice_kinds()}
    return [
        Line(
            row=row,
            is_hidden=row.pk in hidden,
            kind=kinds.get(row.kind, row.kind),
            stands_in_for=person_name(row.stands_in_for_id) if row.stands_in_for_id else "",
            moment=moment,
        )
        for row in rows
    ]


def _kinds(place: Place) -> list[tuple[Text, str, bool]]:
    def entry(kind: NoticeKind) -> tuple[Text, str, bool]:
        return kind.label, place.url(kind=kind.key), place.kind == kind.key

    return [entry(kind) for kind in notice_kinds()]


def _groups(rows: Sequence[Notification], actor: Actor, *, by_urgency: bool) -> list[Group]:
    groups: list[Group] = []
    found: dict[int, list[SafeString]] = {}
    for line in lines_of(rows, actor):
        found.setdefault(line.row.urgency if by_urgency else -1, []).append(line_html(line))
    for urgency, lines in found.items():
        groups.append(Group(_HEADS.get(urgency, ""), lines))
    return groups


def _filtered(rows: QuerySet[Notification], place: Place) -> QuerySet[Notification]:
    if place.kind:
        rows = rows.filter(kind=place.kind)
    match place.filter:
        case "unread":
            return rows.filter(read_at__isnull=True)
        case "postponed":
            return rows.filter(state=Notification.State.POSTPONED)
        case "all":
            return rows
    return rows.filter(state=Notification.State.WAITING)


def _ordered(rows: QuerySet[Notification], chosen: str) -> QuerySet[Notification]:
    return rows.order_by("urgency", "-at", "-id") if chosen in _BY_URGENCY else rows.order_by("-at", "-id")


def _after(rows: QuerySet[Notification], place: Place) -> QuerySet[Notification]:
    """The rows behind a key in the order of the place; a key that makes no sense is the beginning."""
    key = _read_key(place.after)
    if key is None:
        return rows
    urgency, at, pk = key
    behind = Q(at__lt=at) | Q(at=at, pk__lt=pk)
    if place.filter in _BY_URGENCY:
        # The plain bound comes first: the walk through the index begins there and not at the top.
        return rows.filter(urgency__gte=urgency).filter(Q(urgency__gt=urgency) | Q(urgency=urgency) & behind)
    return rows.filter(at__lte=at).filter(behind)


def _key(row: Notification, chosen: str) -> str:
    return f"{row.urgency if chosen in _BY_URGENCY else 0}-{moment_key(row.at)}-{row.pk}"


def _read_key(text: str) -> tuple[int, datetime, int] | None:
    parts = text.split("-")
    if len(parts) != 3 or not all(part.isdecimal() and len(part) < 18 for part in parts):
        return None
    try:
        return int(parts[0]), moment_of(int(parts[1])), int(parts[2])
    except OverflowError:
        return None
