"""Private links for people without an account: what they lead to, who makes them, when they end (SAL-4, SAL-9).

An app says once what a purpose shows::

    register_private_page(PrivatePage("quote", show=show_quote, parts={"pdf": quote_pdf}))

and makes a link where somebody asks for one::

    link, token = make_private_link("quote", quote, expires_at=…, actor=actor)
    address = private_address(token)          # /p/<token>/

``show`` answers GET and POST of ``/p/<token>/``, a part those of ``/p/<token>/<part>/``. They get the request, the
link, its record (live and of the right type) and the token, and answer what anybody who holds the link may see: a
link may be forwarded, so a page shows only what its purpose promises. Nobody is signed in behind it. A link made with
``locked_to`` shows its page and parts only after a code, see :mod:`kezhi.sales.private_locks`.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import require
from kezhi.core.clock import now
from kezhi.core.crypto import blind_index
from kezhi.core.events import EventDraft, EventKind, record_event, register_event_kind
from kezhi.records.operations.writing import parents_of
from kezhi.records.registry import find_record_type, type_of
from kezhi.sales.models import PrivateLink

LINK_MADE = EventKind("private_link.made", _("生成了对外链接"), icon="globe", family="sales")
LINK_REVOKED = EventKind("private_link.revoked", _("收回了对外链接"), icon="ban", family="sales")
register_event_kind(LINK_MADE, LINK_REVOKED)

_LONGEST_TOKEN = 100

Page = Callable[[HttpRequest, PrivateLink, Any, str], HttpResponseBase]


@dataclass(frozen=True)
class PrivatePage:
    """What links of one purpose lead to."""

    purpose: str
    show: Page
    parts: Mapping[str, Page] = field(default_factory=dict)


_pages: dict[str, PrivatePage] = {}


def register_private_page(page: PrivatePage) -> None:
    """Make a purpose known.

    Raises:
        ValueError: the purpose is taken.
    """
    if page.purpose in _pages:
        raise ValueError(f"two private pages are called {page.purpose!r}")
    _pages[page.purpose] = page


def unregister_private_page(purpose: str) -> None:
    """Forget a purpose; for tests."""
    _pages.pop(purpose, None)


def private_page(purpose: str) -> PrivatePage | None:
    """What a purpose shows; None where nothing does any more."""
    return _pages.get(purpose)


@transaction.atomic
def make_private_link(
    purpose: str, record: Any, *, expires_at: datetime, actor: Actor, note: str = "", locked_to: str = ""
) -> tuple[PrivateLink, str]:
    """A new link to a record and its token, which only this answer ever holds. ``note`` says whom it is for.

    ``locked_to`` is the mail address whose owner alone can open it; "" for whoever holds it.

    Raises:
        NotAllowed: the actor may not change the record, so may not show it to others either.
    """
    require(actor, "edit", record)
    known = type_of(record)
    token = secrets.token_urlsafe(32)
    link = PrivateLink.objects.create(
        purpose=purpose,
        record_type=known.key,
        record_id=record.pk,
        token_hash=_digest(token),
        note=note[:200],
        created_at=now(),
        created_by_id=actor.user_id,
        expires_at=expires_at,
        locked_to=locked_to,
    )
    _record(LINK_MADE, record, actor, purpose)
    return link, token


@transaction.atomic
def revoke_private_links(record: Any, *, actor: Actor, purpose: str = "", link_id: int | None = None) -> int:
    """End the links of a record (of one purpose, or one link) at once; how many still led somewhere.

    Raises:
        NotAllowed: the actor may not change the record.
    """
    require(actor, "edit", record)
    rows = PrivateLink.objects.filter(
        record_type=type_of(record).key, record_id=record.pk, revoked_at=None, expires_at__gt=now()
    )
    if purpose:
        rows = rows.filter(purpose=purpose)
    if link_id is not None:
        rows = rows.filter(pk=link_id)
    ended = rows.update(revoked_at=now())
    if ended:
        _record(LINK_REVOKED, record, actor, purpose)
    return ended


def private_links(record: Any, purpose: str = "") -> list[PrivateLink]:
    """The links ever made to a record, the newest first, for who may see the record."""
    rows = PrivateLink.objects.filter(record_type=type_of(record).key, record_id=record.pk)
    rows = rows.filter(purpose=purpose) if purpose else rows
    return list(rows.select_related("created_by").order_by("-id")[:50])


def private_address(token: str) -> str:
    """The path of a link; see :func:`kezhi.core.operation_figures` for the installation's own address."""
    return reverse("sales:private", args=[token])


def find_private_link(token: str) -> tuple[PrivateLink, Any] | None:
    """The link of a token and its record, unless it was never made, expired or was revoked, or the record is gone."""
    if len(token) > _LONGEST_TOKEN:
        return None
    link = PrivateLink.objects.filter(token_hash=_digest(token)).first()
    if link is None or link.revoked_at is not None or link.expires_at <= now():
        return None
    known = find_record_type(link.record_type)
    if known is None:
        return None
    rows = known.model.objects.ungated("private link").filter(pk=link.record_id, deleted_at=None)
    record = rows.select_related(*known.related_load).first()
    return None if record is None else (link, record)


def count_opening(link: PrivateLink) -> None:
    """Remember that the link's page was opened."""
    PrivateLink.objects.filter(pk=link.pk).update(opened_count=F("opened_count") + 1, opened_at=now())


def _record(kind: EventKind, record: Any, actor: Actor, purpose: str) -> None:
    known = type_of(record)
    draft = EventDraft(
        kind=kind.key,
        record_type=known.key,
        record_id=record.pk,
        actor=actor.ref,
        facts={"purpose": purpose},
        also=parents_of(known, record),
    )
    record_event(draft)


def _digest(token: str) -> str:
    return blind_index(token, purpose="sales.private_link")
