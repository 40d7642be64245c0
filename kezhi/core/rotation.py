"""Re-encrypting everything stored with an older key (OPS-1)."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from kezhi.core.crypto import CryptoProblem, current_key, decrypt, encrypt
from kezhi.core.events import ActorRef, EventDraft, EventKind, record_event, register_event_kind
from kezhi.core.jobs.running import pause_between_jobs
from kezhi.core.model_fields import EncryptedField, encrypted_fields

_BATCH = 200

register_event_kind(EventKind("core.keys_rotated", _("更换了加密密钥"), icon="key", family="settings"))


@dataclass(frozen=True)
class Reencrypted:
    """``changed`` values have the current key now; ``unreadable`` ones could not be opened and stay as they are."""

    changed: int = 0
    unreadable: int = 0

    def __add__(self, other: "Reencrypted") -> "Reencrypted":
        return Reencrypted(self.changed + other.changed, self.unreadable + other.unreadable)


_holders: dict[str, Callable[[], Reencrypted]] = {}


def register_token_holder(name: str, reencrypt: Callable[[], Reencrypted]) -> None:
    """Name a function that re-encrypts tokens kept elsewhere than in an EncryptedField (inside JSON, say)."""
    _holders[name] = reencrypt


def reencrypt_all() -> Reencrypted:
    """Bring every stored value to the current key. May be killed at any moment and simply started again."""
    total = Reencrypted()
    for model, field in encrypted_fields():
        total += reencrypt_field(model, field)
    for reencrypt in _holders.values():
        total += reencrypt()
    return total


def reencrypt_field(model: type[Model], field: EncryptedField) -> Reencrypted:
    """Bring one column to the current key, in small transactions, leaving alone what changes meanwhile."""
    column = _Column(model, field)
    total = Reencrypted()
    last: int | None = None
    while rows := column.stale_after(last, key_id=current_key()):
        changes: list[tuple[str, int, str]] = []
        for primary_key, token in rows:
            # One unreadable value must not keep the others on the old key.
            with contextlib.suppress(CryptoProblem):
                text = decrypt(token, purpose=field.purpose)
                changes.append((encrypt(text, purpose=field.purpose), primary_key, token))
        column.exchange(changes)
        total += Reencrypted(len(changes), len(rows) - len(changes))
        last = rows[-1][0]
        pause_between_jobs()
    return total


class _Column:
    """A column of tokens, read and written past the model, which would open them."""

    def __init__(self, model: type[Model], field: EncryptedField) -> None:
        quote = connection.ops.quote_name
        self._table = quote(model._meta.db_table)
        self._column = quote(str(field.column))
        self._key = quote(str(model._meta.pk.column) if model._meta.pk else "id")

    def stale_after(self, last: int | None, *, key_id: str) -> list[tuple[int, str]]:
        """The next rows by primary key whose token has another key than this one."""
        sql = f"SELECT {self._key}, {self._column} FROM {self._table} WHERE {self._column} NOT LIKE %s"  # noqa: S608
        sql += f" AND {self._column} <> ''"
        parameters: list[str | int] = [key_id + ".%"]
        if last is not None:
            sql += f" AND {self._key} > %s"
            parameters.append(last)
        with connection.cursor() as cursor:
            cursor.execute(f"{sql} ORDER BY {self._key} LIMIT {_BATCH}", parameters)
            return [(primary_key, token) for primary_key, token in cursor.fetchall()]

    def exchange(self, changes: list[tuple[str, int, str]]) -> None:
        """Write new tokens (new, primary key, old), only where the old one still stands: somebody may have saved."""
        sql = f"UPDATE {self._table} SET {self._column} = %s WHERE {self._key} = %s AND {self._column} = %s"  # noqa: S608
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(sql, changes)


@transaction.atomic
def record_rotation(key_id: str, *, actor: ActorRef) -> None:
    """Note in the log that a new key is in use."""
    record_event(EventDraft("core.keys_rotated", "installation", 0, actor, facts={"key": key_id}))
