"""Tokens of programs: made once, stored as digests, narrowed to scopes, expiring, revocable (DATA-3)."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
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
    token = ApiToken.objects.filter(digest=_digest(secret.strip()), revoked_at__isnull=True).first()
    if token is None or (token.expires_at is not None and token.expires_at <= moment):
        return None
    if token.last_used_at is None or token.last_used_at < moment - _USED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=moment)
    actor = token_actor(token.user_id, token_name=token.name, limits=frozenset(token.scopes))
    return actor if actor.rights.name else None


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
