"""What waits for one browser's answer: kept on the server, bound to the browser by a cookie, answered once."""

import datetime as dt
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from kezhi.access.models import SignInStep
from kezhi.core.clock import now
from kezhi.core.events import Json


@dataclass(frozen=True, slots=True)
class StepKind:
    """A kind of step. ``is_sent_back`` when the answer comes from another site, which a strict cookie would miss."""

    key: str
    minutes: int
    is_sent_back: bool = False

    @property
    def cookie(self) -> str:
        """The cookie that holds the browser's half."""
        return f"kezhi_{self.key}"


@dataclass(frozen=True, slots=True)
class Step:
    """An answered step: what was kept for it, and for whom if somebody was known."""

    data: Mapping[str, Json]
    user_id: int | None


def begin_step(kind: StepKind, data: Mapping[str, Json], *, user_id: int | None = None) -> str:
    """Keep what the answer will be measured by; gives the browser's half."""
    key = secrets.token_urlsafe(32)
    ends = now() + dt.timedelta(minutes=kind.minutes)
    SignInStep.objects.create(digest=_digest(key), kind=kind.key, user_id=user_id, data=dict(data), expires_at=ends)
    return key


@transaction.atomic
def take_step(kind: StepKind, key: str) -> Step | None:
    """Take what was kept; of two requests with the same key one gets it. None when it is gone or too old."""
    row = SignInStep.objects.filter(digest=_digest(key), kind=kind.key).first()
    if row is None or not SignInStep.objects.filter(pk=row.pk).delete()[0] or row.expires_at <= now():
        return None
    return Step(row.data, row.user_id)


def give_cookie(response: HttpResponse, kind: StepKind, key: str) -> None:
    """Hand the browser its half."""
    response.set_cookie(
        kind.cookie,
        key,
        max_age=kind.minutes * 60,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax" if kind.is_sent_back else "Strict",
    )


def cookie_of(request: HttpRequest, kind: StepKind) -> str:
    """The browser's half; "" when it has none."""
    return request.COOKIES.get(kind.cookie, "")


def forget_old_steps() -> int:
    """Delete what nobody answered; gives how many."""
    return SignInStep.objects.filter(expires_at__lt=now()).delete()[0]


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
