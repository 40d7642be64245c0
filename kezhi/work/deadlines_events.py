"""What the log says about deadlines. Facts of every event: deadline, kind, due; further ones beside the kind."""

from collections.abc import Sequence
from datetime import UTC, datetime

from django.utils.translation import gettext_lazy as _

from kezhi.core.events import ActorRef, EventDraft, EventKind, Json, register_event_kind
from kezhi.work.models.deadlines import Deadline

STARTED = EventKind("deadline.started", _("开始计时"), icon="clock", family="deadline")
PAUSED = EventKind("deadline.paused", _("计时暂停"), icon="pause", family="deadline")  # reason
RESUMED = EventKind("deadline.resumed", _("计时继续"), icon="play", family="deadline")
MOVED = EventKind("deadline.moved", _("时限改期"), icon="calendar", family="deadline")  # was, because
WARNED = EventKind("deadline.warned", _("时限提醒"), icon="clock", family="deadline")  # percent
BREACHED = EventKind("deadline.breached", _("时限已过"), icon="alert", family="deadline")
ESCALATED = EventKind("deadline.escalated", _("逾期上报"), icon="alert", family="deadline")  # level, to
MET = EventKind("deadline.met", _("按约完成"), icon="check", family="deadline")  # in_time
CANCELLED = EventKind("deadline.cancelled", _("计时取消"), icon="x", family="deadline")  # reason

KINDS = (STARTED, PAUSED, RESUMED, MOVED, WARNED, BREACHED, ESCALATED, MET, CANCELLED)
register_event_kind(*KINDS)


def deadline_event(kind: EventKind, deadline: Deadline, actor: ActorRef, **facts: Json) -> EventDraft:
    """An event of a deadline, on its record."""
    also: Sequence[tuple[str, int]] = ()
    if deadline.also_type and deadline.also_id is not None:
        also = [(deadline.also_type, deadline.also_id)]
    return EventDraft(
        kind=kind.key,
        record_type=deadline.record_type,
        record_id=deadline.record_id,
        actor=actor,
        facts={
            "deadline": deadline.pk,
            "kind": deadline.kind,
            "due": moment_text(deadline.due_at),
            "owner": deadline.owner_id,
            **facts,
        },
        also=also,
    )


def moment_text(moment: datetime) -> str:
    """A moment as events keep it."""
    return moment.astimezone(UTC).isoformat(timespec="seconds")
