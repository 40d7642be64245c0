"""How messages reach people: what each channel carried, what failed and why, and sending that again (AUTO-6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.core.clock import now
from kezhi.core.jobs import enqueue
from kezhi.work.models import Delivery
from kezhi.work.notices_outages import channel_name, open_outages
from kezhi.work.notices_sending import HIDDEN, NO_ADDRESS, SEEN, TOO_LATE, send_message

MOST_FAILED = 50

# What the system itself gives as a reason; anything else in ``error`` is what the channel said.
REASONS: dict[str, str | Promise] = {
    NO_ADDRESS: _("收件人没有这个通道的地址"),
    SEEN: _("发送前已经在应用里看过"),
    HIDDEN: _("收件人已不能查看那条记录"),
    TOO_LATE: _("等得太久，不再发送"),
}


@dataclass(frozen=True, slots=True)
class ChannelRecord:
    """What one channel did since a moment; ``seconds`` is how long a message took on average."""

    key: str
    label: str
    sent: int
    failed: int
    skipped: int
    waiting: int
    seconds: int
    is_down: bool

    @property
    def rate(self) -> float | None:
        """The part (0–1) of what was tried to the end that arrived; None where nothing was."""
        ended = self.sent + self.failed
        return self.sent / ended if ended else None


def channel_records(since: datetime, until: datetime | None = None) -> list[ChannelRecord]:
    """What every channel did since a moment (and before another), the busiest first; two queries."""
    counts: dict[str, dict[str, int]] = {}
    seconds: dict[str, int] = {}
    took = ExpressionWrapper(F("ended_at") - F("due_at"), output_field=DurationField())
    rows = Delivery.objects.filter(created_at__gte=since).values("channel", "state")
    if until is not None:
        rows = rows.filter(created_at__lt=until)
    for row in rows.annotate(number=Count("pk"), took=Avg(took)).order_by():
        counts.setdefault(row["channel"], {})[row["state"]] = row["number"]
        if row["state"] == Delivery.State.SENT and isinstance(row["took"], timedelta):
            seconds[row["channel"]] = round(row["took"].total_seconds())
    down = {outage.channel for outage in open_outages()}
    records = [
        ChannelRecord(
            key=key,
            label=channel_name(key),
            sent=states.get(Delivery.State.SENT, 0),
            failed=states.get(Delivery.State.FAILED, 0),
            skipped=states.get(Delivery.State.SKIPPED, 0),
            waiting=states.get(Delivery.State.WAITING, 0),
            seconds=seconds.get(key, 0),
            is_down=key in down,
        )
        for key, states in counts.items()
    ]
    return sorted(records, key=lambda record: -(record.sent + record.failed + record.waiting))


def delivery_rate(since: datetime) -> float | None:
    """The part (0–1) of all that was tried to the end since a moment that arrived; None where nothing was."""
    rows = Delivery.objects.filter(created_at__gte=since, state__in=(Delivery.State.SENT, Delivery.State.FAILED))
    counts = dict(rows.order_by().values_list("state").annotate(Count("pk")))
    ended = sum(counts.values())
    return counts.get(Delivery.State.SENT, 0) / ended if ended else None


def failed_deliveries(since: datetime) -> Sequence[Delivery]:
    """What did not arrive since a moment, the latest first, with the recipient and the kind of notice."""
    rows = Delivery.objects.filter(created_at__gte=since, state=Delivery.State.FAILED)
    return list(rows.select_related("user", "notification").order_by("-created_at", "-pk")[:MOST_FAILED])


def reason_words(delivery: Delivery) -> str:
    """Why it did not arrive, in words."""
    return str(REASONS.get(delivery.error, delivery.error))


@transaction.atomic
def send_again(delivery_id: int) -> bool:
    """Try a failed delivery once more through its own channel; False when it is not a failed one any more."""
    moment = now()
    changed = Delivery.objects.filter(pk=delivery_id, state=Delivery.State.FAILED).update(
        state=Delivery.State.WAITING, attempts=0, error="", ended_at=None, created_at=moment, due_at=moment
    )
    if changed:
        # The key stays: a receiver that did take it tells the repetition.
        enqueue(send_message, key=Delivery.objects.values_list("key", flat=True).get(pk=delivery_id))
    return changed == 1
