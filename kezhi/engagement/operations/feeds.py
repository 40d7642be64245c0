"""Making and ending the private link to one's own calendar (FUP-9)."""

import hashlib
import secrets

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import NotAllowed
from kezhi.core.clock import now
from kezhi.core.events import EventDraft, EventKind, record_event, register_event_kind
from kezhi.engagement.models import CalendarFeed

MADE = EventKind("calendar.feed_made", _("生成了日历订阅链接"), icon="calendar", family="access")
ENDED = EventKind("calendar.feed_ended", _("停用了日历订阅链接"), icon="calendar", family="access")
register_event_kind(MADE, ENDED)


def digest_of(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def make_feed(*, actor: Actor) -> str:
    """A new link of one's own; an older one no longer works. Gives the token, which is told only now.

    Raises:
        NotAllowed: nobody in person asks.
    """
    if actor.user_id is None or actor.ref.kind != "user":
        raise NotAllowed(subject="calendar", action="feed")
    token = secrets.token_urlsafe(32)
    CalendarFeed.objects.update_or_create(
        user_id=actor.user_id, defaults={"digest": digest_of(token), "created_at": now(), "used_at": None}
    )
    _tell(MADE, actor)
    return token


@transaction.atomic
def end_feed(*, actor: Actor) -> None:
    """One's own link no longer works."""
    ended, _rows = CalendarFeed.objects.filter(user_id=actor.user_id or 0).delete()
    if ended:
        _tell(ENDED, actor)


def _tell(kind: EventKind, actor: Actor) -> None:
    record_event(EventDraft(kind=kind.key, record_type="user", record_id=actor.user_id or 0, actor=actor.ref, facts={}))
