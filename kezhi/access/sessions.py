"""The session engine: one row per signed-in browser, read together with its user in one query (ORG-7)."""

import datetime as dt
import hashlib
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore

from kezhi.access.figures import SESSION_DAYS, SESSION_IDLE_HOURS
from kezhi.access.models import Session
from kezhi.core.clock import now
from kezhi.core.figures import integer_figure

STARTED_KEY = "_started"
ADDRESS_KEY = "_address"
DEVICE_KEY = "_device"
METHOD_KEY = "_method"

# How often "last seen" is written; more often would only cost writes.
SEEN_EVERY = dt.timedelta(minutes=5)


class SessionStore(DatabaseSessionStore):
    """Django's database sessions in a table of our own. ``row`` is what was read, with its ``user``."""

    row: Session | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def load(self) -> dict[str, Any]:
        self.row = (
            Session.objects.select_related("user").filter(session_key=self.session_key, expire_date__gt=now()).first()
        )
        if self.row is None:
            self._session_key = None
            return {}
        return self.decode(self.row.session_data)

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        moment = now()
        started = dt.datetime.fromtimestamp(data.get(STARTED_KEY, moment.timestamp()), dt.UTC)
        return Session(
            session_key=self._get_or_create_session_key(),  # type: ignore[attr-defined]
            session_data=self.encode(data),
            expire_date=expiry(started, moment),
            user_id=data.get(SESSION_KEY),
            address=data.get(ADDRESS_KEY, ""),
            device=data.get(DEVICE_KEY, ""),
            method=data.get(METHOD_KEY, ""),
            created_at=started,
            seen_at=moment,
        )


def expiry(started: dt.datetime, seen: dt.datetime) -> dt.datetime:
    """When a session ends that was last used at ``seen``."""
    idle = seen + dt.timedelta(hours=integer_figure(SESSION_IDLE_HOURS.key))
    return min(idle, started + dt.timedelta(days=integer_figure(SESSION_DAYS.key)))


def note_seen(row: Session) -> None:
    """Keep a session in use alive, with few writes."""
    moment = now()
    if moment - row.seen_at >= SEEN_EVERY:
        Session.objects.filter(pk=row.pk).update(seen_at=moment, expire_date=expiry(row.created_at, moment))


def handle_of(session_key: str) -> str:
    """What names a session in an address; the key itself would be as good as the password."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:24]
