"""Starting, pausing, resuming, moving, meeting and cancelling deadlines (SVC-3).

Each act changes the row and records its event in one transaction. What the sweep would have found out a moment later
(the time ran out) is recorded first, so that no promise is met, paused or cancelled unnoticed after it was broken.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.rights import organisation
from kezhi.core.bulk_insert import insert_many
from kezhi.core.clock import now
from kezhi.core.events import EventDraft, record_events
from kezhi.core.values.dirt import written
from kezhi.records.operations import InvalidRecord
from kezhi.records.operations.words import refuse_sensitive_words
from kezhi.work import deadlines_events as events
from kezhi.work.deadlines_kinds import deadline_kind, terms_of
from kezhi.work.deadlines_plan import note_types, percent_used, plan, planned_under, used_at
from kezhi.work.deadlines_rows import BATCH, batches, broken_by, go_on, locked_where, stop, store_clocks
from kezhi.work.models.deadlines import OPEN_STATES, Deadline
from kezhi.work.operations.tasks import About


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A deadline that is to start; see :func:`start_deadline` for what the parts mean.

    ``by`` is who starts it, where several start in one act and each has a cause of its own.
    """

    kind: str
    about: About
    owner_id: int | None
    minutes: int | None = None
    due_at: datetime | None = None
    business_time: bool | None = None
    started_at: datetime | None = None
    origin: str = ""
    origin_id: int | None = None
    also: tuple[str, int] | None = None
    moves_with_record: bool = True
    by: Actor | None = None


def start_deadline(
    kind: str,
    about: About,
    *,
    owner_id: int | None,
    actor: Actor,
    minutes: int | None = None,
    due_at: datetime | None = None,
    business_time: bool | None = None,
    started_at: datetime | None = None,
    origin: str = "",
    origin_id: int | None = None,
    also: tuple[str, int] | None = None,
    moves_with_record: bool = True,
) -> Deadline | None:
    """Start the clock of a promise about a record; at most one of a kind runs for a record.

    Due after ``minutes`` (without them: as the kind's figure says), in business time or not (without: as the kind
    says), or at ``due_at``, which is taken as it is. It counts from ``started_at``, if not now; where all of its time
    would have passed before anybody knew of it, it begins now. ``owner_id`` has to keep it; ``moves_with_record``: who
    gets the record gets the promise. ``also`` names another record whose timeline tells of it.

    Gives the one that runs already if there is one, and None while the kind is switched off.

    Raises:
        ValueError: no such kind, or neither ``minutes`` nor ``due_at`` for a kind without a length of its own.
    """
    promise = Promise(
        kind=kind,
        about=about,
        owner_id=owner_id,
        minutes=minutes,
        due_at=due_at,
        business_time=business_time,
        started_at=started_at,
        origin=origin,
        origin_id=origin_id,
        also=also,
        moves_with_record=moves_with_record,
    )
    return start_deadlines([promise], actor=actor)[0]


def start_deadlines(promises: Sequence[Promise], *, actor: Actor) -> list[Deadline | None]:
    """Start many clocks in one act, in their order; see :func:`start_deadline`."""
    moment = now()
    found: dict[tuple[str, str, int], Deadline] = {}
    for start in range(0, len(promises), BATCH):
        batch = promises[start : start + BATCH]
        try:
            with transaction.atomic():
                found |= _start(batch, moment, actor)
        except IntegrityError:
            # Somebody else started one of them at the same moment; theirs is seen now.
            with transaction.atomic():
                found |= _start(batch, moment, actor)
    return [found.get(_place(promise)) for promise in promises]


def meet_deadline(deadline: Deadline, *, actor: Actor, at: datetime | None = None) -> Deadline:
    """The promise is kept, late or in time; ``at`` is when, if not now. One that has ended stays as it is."""
    return _end([deadline.pk], Deadline.State.MET, actor, at={deadline.record_id: at} if at else None)[0]


def meet_deadlines(
    kind: str,
    record_type: str,
    ids: Collection[int],
    *,
    actor: Actor,
    at: Mapping[int, datetime] | None = None,
    by: Mapping[int, Actor] | None = None,
) -> list[Deadline]:
    """The open promises of a kind about these records are kept; gives them.

    ``at`` is the moment of each, if not now, and ``by`` who kept it, if not ``actor``.
    """
    return _end(_open_ids(kind, record_type, ids), Deadline.State.MET, actor, at=at, by=by)


def cancel_deadline(deadline: Deadline, *, actor: Actor, reason: str = "") -> Deadline:
    """The promise no longer stands; one that has ended stays as it is."""
    return _end([deadline.pk], Deadline.State.CANCELLED, actor, reason=reason)[0]


def cancel_deadlines(
    kind: str,
    record_type: str,
    ids: Collection[int],
    *,
    actor: Actor,
    reason: str = "",
    by: Mapping[int, Actor] | None = None,
) -> list[Deadline]:
    """The open promises of a kind about these records no longer stand; gives them. An empty kind means every kind."""
    return _end(_open_ids(kind, record_type, ids), Deadline.State.CANCELLED, actor, reason=reason, by=by)


def cancel_clocks(ids: Sequence[int], *, actor: Actor, reason: str) -> list[Deadline]:
    """These promises (ids of deadlines) no longer stand; gives them."""
    return _end(ids, Deadline.State.CANCELLED, actor, reason=reason)


def open_deadlines(kind: str, record_type: str, ids: Collection[int]) -> dict[int, Deadline]:
    """The open promise of a kind about each of these records that has one."""
    found: dict[int, Deadline] = {}
    for batch in batches(sorted(ids)):
        rows = Deadline.objects.ungated("operation").filter(
            kind=kind, record_type=record_type, record_id__in=batch, state__in=OPEN_STATES
        )
        found |= {row.record_id: row for row in rows}
    return found


def pause_deadline(deadline: Deadline, reason: str, *, actor: Actor) -> Deadline:
    """The clock stands still (waiting for the customer); the reason is required. Only a running one can be paused.

    Raises:
        InvalidRecord: no reason.
    """
    return pause_deadlines([deadline.pk], reason, actor=actor)[0]


@transaction.atomic
def pause_deadlines(
    ids: Collection[int], reason: str, *, actor: Actor, by: Mapping[int, Actor] | None = None
) -> list[Deadline]:
    """The running ones of these clocks (ids of deadlines) stand still; ``by`` is who, per record, if not ``actor``.

    Raises:
        InvalidRecord: no reason.
    """
    if not (said := written(reason)):
        raise InvalidRecord({"reason": _("请写明暂停的原因")})
    refuse_sensitive_words(actor=actor, reason=said)
    moment = now()
    rows, drafts = _locked(ids), []
    for row in rows:
        if row.state != Deadline.State.RUNNING:
            continue
        who = _by(by, row, actor)
        drafts += broken_by(row, moment, who)
        stop(row, moment)
        row.pause_reason = said[:200]
        drafts.append(events.deadline_event(events.PAUSED, row, who.ref, reason=row.pause_reason))
    _store(rows, drafts)
    return rows


def resume_deadline(deadline: Deadline, *, actor: Actor) -> Deadline:
    """The clock goes on; it is due later by the time it stood still. Only a paused one can be resumed."""
    return resume_deadlines([deadline.pk], actor=actor)[0]


@transaction.atomic
def resume_deadlines(ids: Collection[int], *, actor: Actor, by: Mapping[int, Actor] | None = None) -> list[Deadline]:
    """The paused ones of these clocks (ids of deadlines) go on."""
    moment = now()
    rows, drafts = _locked(ids), []
    for row in rows:
        if row.state != Deadline.State.PAUSED or row.is_binned:
            continue
        go_on(row, moment)
        drafts.append(events.deadline_event(events.RESUMED, row, _by(by, row, actor).ref))
    _store(rows, drafts)
    return rows


def move_deadline(deadline: Deadline, due_at: datetime, *, actor: Actor, because: str = "") -> Deadline:
    """The promise is due at another time: a new promise from now on, whose thresholds lie ahead again."""
    return move_deadlines({deadline.pk: due_at}, actor=actor, because=because)[0]


@transaction.atomic
def move_deadlines(
    moves: Mapping[int, datetime], *, actor: Actor, because: str = "", by: Mapping[int, Actor] | None = None
) -> list[Deadline]:
    """These clocks (ids of deadlines) are due at other times; see :func:`move_deadline`."""
    rows, drafts = _locked(moves), []
    for row in rows:
        due_at = moves[row.pk]
        if not row.is_open or row.due_at == due_at:
            continue
        was = row.due_at
        _move(row, due_at)
        words = {"was": events.moment_text(was), "because": because}
        drafts.append(events.deadline_event(events.MOVED, row, _by(by, row, actor).ref, **words))
    _store(rows, drafts)
    return rows


def _by(by: Mapping[int, Actor] | None, row: Deadline, actor: Actor) -> Actor:
    return by.get(row.record_id, actor) if by else actor


def _store(rows: Sequence[Deadline], drafts: Sequence[EventDraft]) -> None:
    if drafts:
        store_clocks(rows)
        record_events(drafts)


def _move(row: Deadline, due_at: datetime) -> None:
    row.length = max(due_at - row.started_at, timedelta())
    row.business_time, row.used = False, timedelta()
    if row.state == Deadline.State.RUNNING:
        row.running_since = row.started_at
    else:
        row.used = (row.paused_at or now()) - row.started_at
        row.due_at = due_at
    row.breached_at, row.noticed_at, row.level = None, None, 0
    passed = percent_used(row, now())
    row.warned = max((one for one in terms_of(row.kind, row.department_id).percents if one <= passed < 100), default=0)
    plan(row)


def _place(promise: Promise) -> tuple[str, str, int]:
    return promise.kind, promise.about.record_type, promise.about.record_id


def _start(promises: Sequence[Promise], moment: datetime, actor: Actor) -> dict[tuple[str, str, int], Deadline]:
    wanted = {_place(promise): promise for promise in promises if _is_on(promise)}
    found = _running(wanted)
    under = planned_under()
    new = [_clock(promise, moment, under) for place, promise in wanted.items() if place not in found]
    if len(new) == 1:
        new[0].save(force_insert=True)
    else:
        insert_many(new)
    note_types({row.record_type for row in new})
    by = {place: (promise.by or actor).ref for place, promise in wanted.items()}
    record_events([events.deadline_event(events.STARTED, row, by[_row_place(row)]) for row in new])
    return found | {_row_place(row): row for row in new}


def _row_place(row: Deadline) -> tuple[str, str, int]:
    return row.kind, row.record_type, row.record_id


def _is_on(promise: Promise) -> bool:
    if deadline_kind(promise.kind) is None:
        raise ValueError(f"no such kind of deadline: {promise.kind}")
    return terms_of(promise.kind, _department(promise)).is_on


def _department(promise: Promise) -> int | None:
    return organisation().user_departments.get(promise.owner_id or 0)


def _running(wanted: Collection[tuple[str, str, int]]) -> dict[tuple[str, str, int], Deadline]:
    if not wanted:
        return {}
    ids: dict[tuple[str, str], list[int]] = {}
    for kind, record_type, record_id in wanted:
        ids.setdefault((kind, record_type), []).append(record_id)
    where = Q()
    for (kind, record_type), record_ids in ids.items():
        where |= Q(kind=kind, record_type=record_type, record_id__in=record_ids)
    rows = Deadline.objects.ungated("operation").filter(where, state__in=OPEN_STATES)
    return {_row_place(row): row for row in rows}


def _clock(promise: Promise, moment: datetime, under: int) -> Deadline:
    department_id = _department(promise)
    terms = terms_of(promise.kind, department_id)
    started = promise.started_at or moment
    if promise.due_at is not None:
        length, business_time = max(promise.due_at - started, timedelta()), False
    else:
        length = timedelta(minutes=promise.minutes) if promise.minutes is not None else terms.length or timedelta(-1)
        business_time = terms.business_time if promise.business_time is None else promise.business_time
    if length < timedelta():
        raise ValueError(f"a deadline of kind {promise.kind} needs minutes or a time when it is due")
    row = Deadline(
        kind=promise.kind,
        record_type=promise.about.record_type,
        record_id=promise.about.record_id,
        title=promise.about.title[:200],
        also_type=promise.also[0] if promise.also else "",
        also_id=promise.also[1] if promise.also else None,
        owner_id=promise.owner_id,
        moves_with_record=promise.moves_with_record,
        department_id=department_id,
        state=Deadline.State.RUNNING,
        business_time=business_time,
        length=length,
        used=timedelta(),
        started_at=started,
        running_since=started,
        origin=promise.origin,
        origin_id=promise.origin_id,
    )
    plan(row, under=under)
    if promise.due_at is None and row.due_at <= moment:
        row.started_at = row.running_since = moment
        plan(row, under=under)
    return row


def _locked(ids: Collection[int]) -> list[Deadline]:
    rows = locked_where(Q(pk__in=ids))
    if len(rows) != len(set(ids)):
        raise Deadline.DoesNotExist
    return rows


def _open_ids(kind: str, record_type: str, ids: Collection[int]) -> list[int]:
    found: list[int] = []
    for batch in batches(sorted(ids)):
        rows = Deadline.objects.ungated("operation").filter(
            record_type=record_type, record_id__in=batch, state__in=OPEN_STATES
        )
        found += (rows.filter(kind=kind) if kind else rows).values_list("pk", flat=True)
    return found


def _end(
    ids: Sequence[int],
    state: Deadline.State,
    actor: Actor,
    *,
    at: Mapping[int, datetime] | None = None,
    reason: str = "",
    by: Mapping[int, Actor] | None = None,
) -> list[Deadline]:
    ended: list[Deadline] = []
    moment = now()
    for batch in batches(ids):
        with transaction.atomic():
            rows = _locked(batch)
            drafts: list[EventDraft] = []
            for row in rows:
                if row.is_open:
                    when = at.get(row.record_id, moment) if at else moment
                    drafts += _ended(row, state, when, _by(by, row, actor), reason)
            _store(rows, drafts)
            ended += rows
    return ended


def _ended(row: Deadline, state: Deadline.State, moment: datetime, actor: Actor, reason: str) -> list[EventDraft]:
    drafts = broken_by(row, moment, actor)
    row.used = used_at(row, moment)
    row.state, row.running_since, row.next_moment = state, None, None
    row.ended_at, row.ended_by_id, row.end_reason = moment, actor.user_id, reason[:200]
    if state == Deadline.State.MET:
        drafts.append(events.deadline_event(events.MET, row, actor.ref, in_time=not row.is_broken))
    else:
        drafts.append(events.deadline_event(events.CANCELLED, row, actor.ref, reason=row.end_reason))
    return drafts
