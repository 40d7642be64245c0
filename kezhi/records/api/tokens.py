"""Tokens of programs: made once, stored as digests, narrowed to scopes, expiring, revocable (DATA-3)."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

import msgspec
from django.db import connection, transaction
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor, token_actor
from kezhi.access.policies import require_area
from kezhi.core.clock import now
from kezhi.core.events import EventDraft, EventKind, record_event, register_event_kind
from kezhi.records.models import ApiToken
from kezhi.records.operations import InvalidRecord
from kezhi.records.registry import record_types

TOKEN_MADE = EventKind("access.token_made", _("创建了接口令牌"), icon="shield", family="access")
TOKEN_REVOKED = EventKind("access.token_revoked", _("吊销了接口令牌"), icon="ban", family="access")
register_event_kind(TOKEN_MADE, TOKEN_REVOKED)

Text = str | Promise

PREFIX = "kz_"
_USED_EVERY = timedelta(minutes=10)
_MOST_DAYS = 730


_other_scopes: dict[str, tuple[Text, tuple[str, ...]]] = {}


def register_scopes(subject: str, label: Text, actions: Sequence[str]) -> None:
    """Let tokens be narrowed to acts on something that is no type of record."""
    _other_scopes[subject] = (label, tuple(actions))


def other_scopes() -> dict[str, tuple[Text, tuple[str, ...]]]:
    """What tokens can be narrowed to besides types of records: subject → its name and actions."""
    return dict(_other_scopes)


def known_scopes() -> list[str]:
    """Everything a token can be narrowed to, as "subject.action"."""
    of_types = [f"{known.key}.{action}" for known in record_types() for action in known.all_actions]
    others = [f"{subject}.{action}" for subject, (_label, actions) in _other_scopes.items() for action in actions]
    return of_types + others


@transaction.atomic
def make_token(name: str, scopes: Sequence[str], days: int, *, actor: Actor) -> tuple[ApiToken, str]:
    """A new token of the actor's own and its secret, which is shown only now.

    Raises:
        NotAllowed: the actor's role may not make tokens.
        InvalidRecord: no name, unknown scopes, or an unreasonable life.
    """
    require_area(actor, "settings", "tokens")
    problems = {}
    if not name.strip():
        problems["name"] = _("请给令牌起个名字")
    if not scopes or not set(scopes) <= set(known_scopes()):
        problems["scopes"] = _("请选择这个令牌能做什么")
    if not 1 <= days <= _MOST_DAYS:
        problems["days"] = _("有效期只能是 1 到 730 天")
    if problems or actor.user_id is None:
        raise InvalidRecord(problems or {"": _("只有用户能创建令牌")})
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user_id=actor.user_id,
        name=name.strip()[:80],
        digest=_digest(secret),
        hint=secret[-4:],
        scopes=sorted(set(scopes)),
        created_at=now(),
        expires_at=now() + timedelta(days=days),
    )
    _record(token, TOKEN_MADE, actor)
    return token, secret


@transaction.atomic
def revoke_token(token: ApiToken, *, actor: Actor) -> None:
    """The token ends now; its owner and whoever may administer tokens can do that."""
    if token.user_id != actor.user_id:
        require_area(actor, "settings", "tokens")
    if ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=now()):
        _record(token, TOKEN_REVOKED, actor)


def actor_of_token(request: HttpRequest) -> Actor | None:
    """The actor behind ``Authorization: Bearer …``; None for a missing, unknown, expired or revoked token."""
    kind, _blank, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret.startswith(PREFIX):
        return None
    moment = now()
    with connection.cursor() as cursor:
        cursor.execute(_find_token(), [_digest(secret.strip())])
        found = cursor.fetchone()
    if found is None:
        return None
    number, user_id, name, scopes, expires_at, last_used_at = found
    if expires_at is not None and _in_utc(expires_at) <= moment:
        return None
    if last_used_at is None or _in_utc(last_used_at) < moment - _USED_EVERY:
        ApiToken.objects.filter(pk=number).update(last_used_at=moment)
    limits = frozenset(msgspec.json.decode(scopes) if isinstance(scopes, str) else scopes)
    actor = token_actor(user_id, token_name=name, limits=limits)
    return actor if actor.rights.name else None


@cache
def _find_token() -> str:
    """The statement that every request begins with, written once."""
    rows = ApiToken.objects.filter(digest="", revoked_at__isnull=True)
    columns = ("id", "user_id", "name", "scopes", "expires_at", "last_used_at")
    return str(rows.values_list(*columns).query.sql_with_params()[0])


def _in_utc(moment: datetime) -> datetime:
    # SQLite gives moments without their zone.
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _digest(secret: str) -> str:
    # The secret has 256 random bits, so that a plain hash is enough.
    return hashlib.sha256(secret.encode()).hexdigest()


def _record(token: ApiToken, kind: EventKind, actor: Actor) -> None:
    record_event(
        EventDraft(
            kind=kind.key,
            record_type="user",
            record_id=token.user_id,
            actor=actor.ref,
            facts={"name": token.name, "hint": token.hint, "scopes": list(token.scopes)},
        )
    )
