"""What leaves the app: deliveries are planned with the notice and sent by job, each once, or handed to another channel.

A message is one delivery, or the deliveries of one digest; they share a key, which every attempt carries (AUTO-5).
"""

import logging
import secrets
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.fields.json import KeyTextTransform

from kezhi.access.models import User
from kezhi.core.bulk_insert import insert_many
from kezhi.core.clock import now
from kezhi.core.figures import integer_figure
from kezhi.core.jobs import JobOrder, enqueue, enqueue_many, job, schedule
from kezhi.core.jobs.queue import retry_delay
from kezhi.core.jobs.registry import kind_of
from kezhi.core.models.jobs import LIVE_STATES, Job
from kezhi.work.models import ChannelOutage, Delivery, Notification
from kezhi.work.notices_channels import AddressRefused, Channel, ChannelDown, find_channel
from kezhi.work.notices_figures import APART, CHANNEL_TRIES, DELIVERY_HOURS
from kezhi.work.notices_kinds import find_notice_kind
from kezhi.work.notices_outages import (
    SOURCE,
    back_words,
    down_words,
    is_known_down,
    keepers,
    note_failure,
    note_success,
    pause,
)
from kezhi.work.notices_preferences import Wishes, wishes_of
from kezhi.work.notices_storing import Notice, copy_of, settle, store_notices
from kezhi.work.notices_wording import compose, refused_words

logger = logging.getLogger(__name__)

_TRIES = 3
_OVERDUE = timedelta(minutes=10)
# How long one attempt has a message to itself; longer than any channel takes to send or to give up.
_LEASE = timedelta(minutes=2)
_MOST = 500
_TELLER = "Kezhi"

# Why something was not sent, as stored in a delivery's ``error``; any other text there is what the channel said.
NO_ADDRESS, SEEN, HIDDEN, TOO_LATE = "no_address", "seen", "hidden", "too_late"


def put_out(notices: Sequence[Notice], *, teller: str) -> list[Notification]:
    """Store notices and order their deliveries, in the caller's transaction; see :func:`kezhi.work.notices.notify`."""
    if not notices:
        return []
    for _turn in range(_TRIES - 1):
        try:
            return _put_out(notices, teller)
        except IntegrityError:
            # Another process used one of the once-keys meanwhile; the next look sees it.
            continue
    return _put_out(notices, teller)


@transaction.atomic
def _put_out(notices: Sequence[Notice], teller: str) -> list[Notification]:
    stored = store_notices(notices, teller=teller)
    _plan([(row, notice.channels) for row, notice in stored.fresh])
    return [*stored.folded, *(row for row, _notice in stored.fresh)]


@transaction.atomic
def put_copies(copies: Sequence[tuple[Notification, int]]) -> None:
    """Give other people the same notifications, in whose stead they act, and order what leaves the app."""
    moment = now()
    rows = [copy_of(row, user_id, moment) for row, user_id in copies]
    insert_many(rows)
    _plan([(row, None) for row in rows])


# Planning


def _plan(fresh: Sequence[tuple[Notification, tuple[str, ...] | None]]) -> None:
    """Store the deliveries of new notifications; with channels given, these and not the person's own."""
    people = {row.user_id for row, _given in fresh}
    if not people:
        return
    moment = now()
    users = User.objects.in_bulk(people)
    wishes = wishes_of(people)
    planned: list[Delivery] = []
    for row, given in fresh:
        kind = find_notice_kind(row.kind)
        wish = wishes[row.user_id]
        if kind is None:
            continue
        for channel in wish.channels_for(kind, given):
            delivery = _delivery(row, channel.key, moment)
            if not channel.address_of(users[row.user_id]):
                delivery.state, delivery.error, delivery.ended_at = Delivery.State.SKIPPED, NO_ADDRESS, moment
            else:
                is_urgent = kind.urgent or row.urgency == Notification.Urgency.HIGH
                delivery.due_at = wish.leaves_at(moment, is_urgent=is_urgent)
                delivery.in_digest = delivery.due_at > moment
            planned.append(delivery)
    _send_many_together(planned)
    insert_many(planned)
    _order(planned, moment)


def _delivery(row: Notification, channel: str, moment: datetime, instead_of: str = "") -> Delivery:
    return Delivery(
        notification_id=row.pk,
        user_id=row.user_id,
        channel=channel,
        key=secrets.token_hex(16),
        created_at=moment,
        due_at=moment,
        instead_of=instead_of,
    )


def _send_many_together(planned: Sequence[Delivery]) -> None:
    """Much for one person at the same moment leaves as one message."""
    together: dict[tuple[int, str], list[Delivery]] = defaultdict(list)
    for delivery in planned:
        if delivery.state == Delivery.State.WAITING and not delivery.in_digest:
            together[delivery.user_id, delivery.channel].append(delivery)
    apart = integer_figure(APART.key)
    for deliveries in together.values():
        if len(deliveries) > apart:
            for delivery in deliveries:
                delivery.key = deliveries[0].key


def _order(planned: Sequence[Delivery], moment: datetime) -> None:
    waiting = [delivery for delivery in planned if delivery.state == Delivery.State.WAITING]
    at_once = dict.fromkeys(delivery.key for delivery in waiting if not delivery.in_digest)
    enqueue_many(send_message, [JobOrder({"key": key}) for key in at_once])
    later = dict.fromkeys((row.user_id, row.channel, row.due_at) for row in waiting if row.in_digest)
    enqueue_many(
        gather_digest,
        [
            JobOrder(
                {"user_id": user_id, "channel": channel},
                unique_key=f"digest:{user_id}:{channel}:{due_at.isoformat()}",
                run_at=due_at,
            )
            for user_id, channel, due_at in later
        ],
    )


@job("work.gather_digest")
def gather_digest(user_id: int, channel: str) -> None:
    """Put everything that waits for somebody's digest into one message."""
    rows = Delivery.objects.filter(
        user_id=user_id, channel=channel, state=Delivery.State.WAITING, due_at__lte=now(), in_digest=True
    )
    key = secrets.token_hex(16)
    if rows.update(key=key, in_digest=False):
        enqueue(send_message, key=key)


# Sending


@job("work.send_message", lane="io")
def send_message(key: str, idempotency_key: str = "") -> None:
    """Hand a message to its channel. ``key`` and not the job's own key goes along: later attempts are other jobs."""
    deliveries = _take(key)
    if not deliveries:
        return
    channel = find_channel(deliveries[0].channel)
    if channel is None or not channel.is_ready() or is_known_down(channel.key):
        _hand_on(deliveries, deliveries[0].error)
        return
    user = deliveries[0].user
    composed = compose([row.notification for row in deliveries], user, key=key, address=channel.address_of(user))
    if composed is None:
        _end(deliveries, Delivery.State.SKIPPED, HIDDEN)
        return
    try:
        channel.send(composed)
    except AddressRefused as refusal:
        _refused(deliveries, channel, composed.address, str(refusal))
    except ChannelDown as problem:
        _failed(deliveries, channel, str(problem))
    except Exception as problem:
        # Whatever a channel does wrong, the message must not be lost with it.
        logger.exception("channel %s failed", channel.key)
        _failed(deliveries, channel, f"{type(problem).__name__}: {problem}")
    else:
        _sent(deliveries, channel)


@transaction.atomic
def _take(key: str) -> list[Delivery]:
    """Claim what still has to go of a message; what was seen in the app meanwhile need not.

    Until the attempt ends, or its lease is over, ``due_at`` lies ahead and another job of the message takes nothing.
    The rows given keep the ``due_at`` they had.
    """
    moment = now()
    rows = Delivery.objects.filter(key=key, state=Delivery.State.WAITING).select_related("notification", "user")
    waiting = list(rows.order_by("pk").select_for_update(of=("self",)))
    found = [row for row in waiting if row.due_at <= moment]
    if len(found) < len(waiting):
        # Whoever has it may have died; then somebody must come back for it.
        until = max(row.due_at for row in waiting)
        enqueue(send_message, key=key, run_at=until, unique_key=f"claimed:{key}:{until.isoformat()}")
    # People see what a message would tell them when they open the app; telling them again only annoys.
    seen = [row for row in found if row.notification.read_at is not None or not row.user.is_active]
    if seen:
        _end(seen, Delivery.State.SKIPPED, SEEN)
    left = [row for row in found if row not in seen]
    Delivery.objects.filter(pk__in=[row.pk for row in left]).update(attempts=F("attempts") + 1, due_at=moment + _LEASE)
    for row in left:
        row.attempts += 1
    return left


@transaction.atomic
def _sent(deliveries: Sequence[Delivery], channel: Channel) -> None:
    _end(deliveries, Delivery.State.SENT, "")
    over = note_success(channel.key)
    if over is not None:
        settle(SOURCE, over.pk)
        _tell_keepers(over, is_down=False)


@transaction.atomic
def _refused(deliveries: Sequence[Delivery], channel: Channel, address: str, reason: str) -> None:
    _end(deliveries, Delivery.State.FAILED, reason)
    user = deliveries[0].user
    title, why = refused_words(user, channel, address, reason)
    told = f"refused:{channel.key}:{address}:{now():%Y-%m-%d}"
    put_out(
        [
            Notice(
                kind="system", user_id=user.pk, title=title, why=why, url="/inbox/settings/", channels=(), once_key=told
            )
        ],
        teller=_TELLER,
    )


@transaction.atomic
def _failed(deliveries: Sequence[Delivery], channel: Channel, reason: str) -> None:
    began = note_failure(channel.key, reason)
    if began is not None:
        _tell_keepers(began, is_down=True)
    if deliveries[0].attempts >= integer_figure(CHANNEL_TRIES.key) or _is_down(channel.key):
        _hand_on(deliveries, reason)
    else:
        _try_again(deliveries, now() + retry_delay(deliveries[0].attempts), reason)


def _is_down(channel: str) -> bool:
    return ChannelOutage.objects.filter(channel=channel, ended_at__isnull=True, alerted_at__isnull=False).exists()


@transaction.atomic
def _hand_on(deliveries: Sequence[Delivery], reason: str) -> None:
    """Let the person's next channel carry it; where there is none, wait for this one."""
    moment = now()
    first = deliveries[0]
    instead = _next_channel(first)
    if instead is not None:
        _end(deliveries, Delivery.State.FAILED, reason)
        key = secrets.token_hex(16)
        # Of a digest some may go that way already.
        ids = [row.notification_id for row in deliveries]
        going = Delivery.objects.filter(notification_id__in=ids, channel=instead.key)
        known = set(going.values_list("notification_id", flat=True))
        fresh = [
            _delivery(row.notification, instead.key, moment, instead_of=row.channel)
            for row in deliveries
            if row.notification_id not in known
        ]
        for row in fresh:
            row.key = key
        insert_many(fresh)
        enqueue(send_message, key=key)
    elif first.created_at + timedelta(hours=integer_figure(DELIVERY_HOURS.key)) <= moment:
        _end(deliveries, Delivery.State.FAILED, reason or TOO_LATE)
    else:
        _try_again(deliveries, moment + pause(), reason)


def _next_channel(delivery: Delivery) -> Channel | None:
    """The person's next channel that works, reaches them and does not carry this notification already."""
    used = set(Delivery.objects.filter(notification_id=delivery.notification_id).values_list("channel", flat=True))
    wish: Wishes = wishes_of([delivery.user_id])[delivery.user_id]
    for channel in wish.usable():
        if channel.key not in used and channel.address_of(delivery.user) and not _is_down(channel.key):
            return channel
    return None


def _try_again(deliveries: Sequence[Delivery], moment: datetime, reason: str) -> None:
    ids = [row.pk for row in deliveries]
    Delivery.objects.filter(pk__in=ids).update(due_at=moment, error=reason[:500])
    enqueue(send_message, key=deliveries[0].key, run_at=moment)


def _end(deliveries: Sequence[Delivery], state: str, reason: str) -> None:
    moment = now()
    by_due: dict[datetime, list[int]] = defaultdict(list)
    for row in deliveries:
        by_due[row.due_at].append(row.pk)
    for due_at, ids in by_due.items():
        # The claim moved it; how long a message took counts from when it was to leave.
        rows = Delivery.objects.filter(pk__in=ids, state=Delivery.State.WAITING)
        rows.update(state=state, error=reason[:500], ended_at=moment, due_at=due_at)


def _tell_keepers(outage: ChannelOutage, *, is_down: bool) -> None:
    """Administrators are told when it begins, and that it is over."""
    words = down_words if is_down else back_words
    notices = [
        Notice(
            kind="system",
            user_id=user.pk,
            title=words(outage, user.language),
            why=outage.error if is_down else "",
            url="/settings/channels/",
            urgency="high" if is_down else "normal",
            needs_action=is_down,
            source=(SOURCE, outage.pk) if is_down else None,
            once_key=f"outage:{outage.pk}:{'down' if is_down else 'back'}",
        )
        for user in keepers()
    ]
    put_out(notices, teller=_TELLER)


@schedule("work.resend_forgotten", cron="*/5 * * * *")
def resend_forgotten() -> None:
    """Order messages anew whose job was lost: what should have left a while ago and still waits."""
    late = Delivery.objects.filter(state=Delivery.State.WAITING, due_at__lt=now() - _OVERDUE)
    ordered = (
        Job.objects.filter(name=kind_of(send_message).name, state__in=LIVE_STATES)
        .annotate(message=KeyTextTransform("key", "args"))
        .values("message")
    )
    lost = late.filter(in_digest=False).exclude(key__in=ordered)
    keys = lost.order_by("key").values_list("key", flat=True).distinct()[:_MOST]
    enqueue_many(send_message, [JobOrder({"key": key}, unique_key=f"resend:{key}") for key in keys])
    digests = late.filter(in_digest=True).order_by("user_id").values_list("user_id", "channel").distinct()[:_MOST]
    enqueue_many(
        gather_digest,
        [
            JobOrder({"user_id": user_id, "channel": channel}, unique_key=f"digest:{user_id}:{channel}")
            for user_id, channel in digests
        ],
    )
