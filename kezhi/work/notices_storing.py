"""Storing notices: whom they reach, once, folded; and taking them off the inbox again."""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from kezhi.access.models import User
from kezhi.access.rights import organisation, stand_ins
from kezhi.core.bulk_insert import insert_many, insert_values, update_many
from kezhi.core.clock import now
from kezhi.work.models import NoticeOnce, Notification
from kezhi.work.notices_kinds import find_notice_kind
from kezhi.work.operations.tasks import About

_CHUNK = 5000
# SQLite refuses a statement of more than a thousand alternatives.
_PEOPLE = 200
_COUNT_OR_PERCENT = re.compile(r"%\(count\)s|%%")
_URGENCIES = {
    "high": Notification.Urgency.HIGH,
    "normal": Notification.Urgency.NORMAL,
    "low": Notification.Urgency.LOW,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What somebody is to be told.

    ``title`` and ``why`` are in the recipient's language (:func:`languages_of`) and masked as the recipient may see
    them; with ``about`` they are shown only as long as the recipient may see that record. ``needs_action`` keeps it in
    the inbox until :func:`settle` with its ``source``. ``act_*`` is its one action. While one of the same ``group_key``
    is unread, a new one is folded into it: ``group_title`` (with ``%(count)s``) and ``group_url`` then stand for all.
    With ``fold_after`` so many stay lines of their own; one more, and all of them become one. ``fold_within`` leaves
    alone what was said longer ago.
    ``once_key``: at most one for this person, for ever. ``channels``: instead of the person's choice for the kind.
    """

    kind: str
    user_id: int
    title: str
    why: str = ""
    url: str = ""
    about: About | None = None
    urgency: str = "normal"
    source: tuple[str, int] | None = None
    needs_action: bool = False
    act_label: str = ""
    act_url: str = ""
    act_sheet: bool = False
    due_at: datetime | None = None
    group_key: str = ""
    group_title: str = ""
    group_url: str = ""
    fold_after: int = 0
    fold_within: timedelta | None = None
    once_key: str = ""
    channels: tuple[str, ...] | None = None
    rule_ref: str = ""


@dataclass(frozen=True, slots=True)
class _Addressed:
    """A notice for whoever gets it: the recipient, or the stand-in of somebody away (ORG-6)."""

    notice: Notice
    user_id: int
    stands_in_for: int | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of some notices: ``fresh`` are new lines of inboxes, ``folded`` say more than before."""

    fresh: list[tuple[Notification, Notice]]
    folded: list[Notification]


@transaction.atomic
def store_notices(notices: Sequence[Notice], *, teller: str) -> Stored:
    """Put notices into inboxes; see :func:`kezhi.work.notices.notify`.

    Raises:
        ValueError: an unknown kind or urgency.
        django.db.IntegrityError: another process has just used one of the once-keys; doing it again helps.
    """
    for notice in notices:
        if find_notice_kind(notice.kind) is None:
            raise ValueError(f"unknown kind of notice: {notice.kind!r}")
        if notice.urgency not in _URGENCIES:
            raise ValueError(f"unknown urgency: {notice.urgency!r}")
    return _store(_not_told_yet(_addressed(notices)), teller)


@transaction.atomic
def settle(source_type: str, source_id: int, *, user_ids: Collection[int] | None = None) -> int:
    """What the notices of this source asked for is done: they leave the inbox. Gives how many did.

    ``user_ids`` settles only these people's (and their stand-ins') ones.
    """
    rows = Notification.objects.filter(source_type=source_type, source_id=source_id).exclude(
        state=Notification.State.DONE
    )
    if user_ids is not None:
        rows = rows.filter(Q(user_id__in=user_ids) | Q(stands_in_for_id__in=user_ids))
    return close(rows.values_list("pk", flat=True))


def withdraw_notices(
    said: Mapping[tuple[int, str], int], *, about_type: str, about_ids: Collection[int], since: datetime
) -> int:
    """Take back unread lines said since then, as many as ``said`` per (person, group key); gives how many lines.

    A line that stands for more than is taken back stays.
    """
    gone: list[int] = []
    for where in _pairs("group_key", said):
        rows = Notification.objects.filter(where, read_at__isnull=True, created_at__gte=since)
        for row in rows.exclude(group_key="").order_by("pk"):
            is_one = row.about_type == about_type and row.about_id in about_ids and row.count == 1
            if is_one or 1 < row.count <= said[row.user_id, row.group_key]:
                gone.append(row.pk)
    return close(gone) if gone else 0


def close(ids: Iterable[int]) -> int:
    """Take notifications off the inbox, whoever's they are; gives how many were still in it."""
    moment = now()
    wanted = list(ids)
    Notification.objects.filter(pk__in=wanted, read_at__isnull=True).update(read_at=moment)
    return (
        Notification.objects.filter(pk__in=wanted)
        .exclude(state=Notification.State.DONE)
        .update(state=Notification.State.DONE, closed_at=moment, postponed_until=None)
    )


def languages_of(user_ids: Collection[int]) -> dict[int, str]:
    """The language each of these people reads, for writing their notices."""
    return dict(User.objects.filter(pk__in=user_ids).values_list("pk", "language"))


def _addressed(notices: Iterable[Notice]) -> list[_Addressed]:
    active, away = organisation().active_ids, stand_ins()
    found: list[_Addressed] = []
    for notice in notices:
        if notice.user_id not in active:
            continue
        found.append(_Addressed(notice, notice.user_id))
        if notice.needs_action and (present := who_is_there(notice.user_id, away)) in active:
            found.append(_Addressed(notice, present, notice.user_id))
    return found


def who_is_there(user_id: int, away: dict[int, int]) -> int:
    """Who stands in for somebody away, or for their stand-in where that one is away too; 0 if nobody is needed."""
    seen = {user_id}
    person = away.get(user_id, 0)
    while person in away and person not in seen:
        seen.add(person)
        person = away[person]
    return 0 if person in seen else person


def _not_told_yet(addressed: Sequence[_Addressed]) -> list[_Addressed]:
    """Those whose once-key is new; the keys are taken."""
    keys = {(row.user_id, row.notice.once_key[:120]) for row in addressed if row.notice.once_key}
    if not keys:
        return list(addressed)
    used: set[tuple[int, str]] = set()
    for where in _pairs("key", keys):
        used.update(NoticeOnce.objects.filter(where).values_list("user_id", "key"))
    fresh: list[_Addressed] = []
    taken: list[tuple[int, str]] = []
    for row in addressed:
        key = (row.user_id, row.notice.once_key[:120])
        if not key[1]:
            fresh.append(row)
        elif key not in used:
            used.add(key)
            taken.append(key)
            fresh.append(row)
    insert_values(NoticeOnce, ("user", "key"), taken)
    return fresh


def _pairs(field: str, pairs: Collection[tuple[int, str]]) -> Iterator[Q]:
    """Filters that together find these (person, text) pairs, and no text of somebody else's beside them.

    Two lists, of people and of texts, would be walked as people × texts.
    """
    by_person: dict[int, list[str]] = defaultdict(list)
    for user_id, text in sorted(pairs):
        by_person[user_id].append(text)
    parts = [
        (user_id, texts[start : start + _CHUNK])
        for user_id, texts in by_person.items()
        for start in range(0, len(texts), _CHUNK)
    ]
    where, filled = Q(), 0
    for number, (user_id, texts) in enumerate(parts, start=1):
        where |= Q(("user_id", user_id), (f"{field}__in", texts))
        filled += len(texts)
        if filled >= _CHUNK or number % _PEOPLE == 0:
            yield where
            where, filled = Q(), 0
    if filled:
        yield where


def _store(addressed: Sequence[_Addressed], teller: str) -> Stored:
    moment = now()
    open_groups = _open_groups(addressed, moment)
    coming = Counter((row.user_id, row.notice.group_key[:120]) for row in addressed if row.notice.group_key)
    fresh: list[tuple[Notification, Notice]] = []
    folded: dict[int, Notification] = {}
    merged: list[int] = []
    for row in addressed:
        key = (row.user_id, row.notice.group_key[:120])
        lines = open_groups.get(key, [])
        is_many = coming[key] + sum(line.count for line in lines) > row.notice.fold_after
        coming[key] -= 1
        if not lines or not is_many:
            made = _row(row, teller, moment)
            fresh.append((made, row.notice))
            if key[1]:
                open_groups.setdefault(key, []).append(made)
            continue
        known = lines[0]
        for other in lines[1:]:
            known.count += other.count
            merged.append(other.pk)
        del lines[1:]
        _fold(known, row.notice, moment)
        if known.pk is not None:
            folded[known.pk] = known
    stored = [notification for notification, _notice in fresh]
    insert_many(stored)
    update_many(folded.values(), _FOLDED)
    if merged:
        close(merged)
    return Stored(fresh, list(folded.values()))


_FOLDED = ["title", "why", "url", "about_type", "about_id", "urgency", "count", "at", "due_at", "rule_ref"]


def _open_groups(addressed: Sequence[_Addressed], moment: datetime) -> dict[tuple[int, str], list[Notification]]:
    """The unread lines, oldest first, that the new ones may be folded into."""
    within = {
        (row.user_id, row.notice.group_key[:120]): row.notice.fold_within for row in addressed if row.notice.group_key
    }
    if not within:
        return {}
    people = {user_id for user_id, _key in within}
    if connection.features.has_select_for_update:
        # One at a time per person: of two workers that both find no open group, the second would begin another one.
        list(User.objects.filter(pk__in=people).order_by("pk").select_for_update(no_key=True).values_list("pk"))
    found: dict[tuple[int, str], list[Notification]] = defaultdict(list)
    for where in _pairs("group_key", within):
        rows = Notification.objects.filter(where, read_at__isnull=True).exclude(group_key="").order_by("pk")
        for row in rows.select_for_update(of=("self",)):
            window = within[row.user_id, row.group_key]
            if window is None or moment - row.at <= window:
                found[row.user_id, row.group_key].append(row)
    return found


def _row(addressed: _Addressed, teller: str, moment: datetime) -> Notification:
    notice = addressed.notice
    return Notification(
        user_id=addressed.user_id,
        kind=notice.kind,
        title=notice.title[:300],
        why=notice.why[:500],
        url=notice.url[:500],
        about_type=notice.about.record_type if notice.about else "",
        about_id=notice.about.record_id if notice.about else None,
        urgency=_URGENCIES[notice.urgency],
        needs_action=notice.needs_action,
        act_label=notice.act_label[:60],
        act_url=notice.act_url[:500],
        act_sheet=notice.act_sheet,
        source_type=notice.source[0] if notice.source else "",
        source_id=notice.source[1] if notice.source else None,
        rule_ref=notice.rule_ref[:60],
        teller=teller[:80],
        group_key=notice.group_key[:120],
        due_at=notice.due_at,
        stands_in_for_id=addressed.stands_in_for,
        created_at=moment,
        at=moment,
    )


def copy_of(row: Notification, user_id: int, moment: datetime) -> Notification:
    """The same for somebody who stands in for its owner, not stored yet."""
    return Notification(
        user_id=user_id,
        kind=row.kind,
        title=row.title,
        why=row.why,
        url=row.url,
        about_type=row.about_type,
        about_id=row.about_id,
        urgency=row.urgency,
        needs_action=row.needs_action,
        act_label=row.act_label,
        act_url=row.act_url,
        act_sheet=row.act_sheet,
        source_type=row.source_type,
        source_id=row.source_id,
        rule_ref=row.rule_ref,
        teller=row.teller,
        count=row.count,
        due_at=row.due_at,
        stands_in_for_id=row.user_id,
        created_at=moment,
        at=moment,
    )


def _fold(known: Notification, notice: Notice, moment: datetime) -> None:
    """One more of the same: the newest words stand for all, unless the group has words of its own."""
    known.count += 1
    known.at = moment
    known.urgency = min(known.urgency, _URGENCIES[notice.urgency])
    known.rule_ref = notice.rule_ref[:60]
    known.due_at = min((due for due in (known.due_at, notice.due_at) if due is not None), default=None)
    if notice.group_title:
        notice = replace(notice, title=_counted(notice.group_title, known.count), why="", about=None)
    if notice.group_url:
        notice = replace(notice, url=notice.group_url)
    known.title, known.why, known.url = notice.title[:300], notice.why[:500], notice.url[:500]
    known.about_type = notice.about.record_type if notice.about else ""
    known.about_id = notice.about.record_id if notice.about else None


def _counted(title: str, count: int) -> str:
    """A group's title with its count; a percent sign of somebody's own words is left alone."""
    return _COUNT_OR_PERCENT.sub(lambda found: "%" if found[0] == "%%" else str(count), str(title))
