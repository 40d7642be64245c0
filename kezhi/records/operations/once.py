"""A form that is sent twice is one act: the second post finds what the first one made."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from kezhi.access.actors import Actor
from kezhi.core.clock import now
from kezhi.records.models import IdempotentRequest
from kezhi.records.operations.writing import create_record
from kezhi.records.registry import RecordType


@dataclass(frozen=True, slots=True)
class Created:
    """The record a form made. ``is_repeat``: an earlier post made it; ``differs``: that post said something else."""

    record_id: int
    is_repeat: bool = False
    differs: bool = False


def create_once(known: RecordType, values: Mapping[str, Any], *, actor: Actor, form_key: str) -> Created:
    """Create a record from a form, once per ``form_key`` and user (without a key: every time).

    Raises:
        NotAllowed, InvalidRecord: as :func:`create_record`; the key stays free then.
    """
    if not form_key or actor.user_id is None:
        return Created(create_record(known, values, actor=actor).pk)
    key = f"form:{form_key}"
    digest = hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()
    found = _earlier(actor.user_id, key, known, digest)
    if found is not None:
        return found
    try:
        with transaction.atomic():
            # The key is taken first, so that of two posts at once the second waits here and then finds the first's.
            request = IdempotentRequest.objects.create(
                user_id=actor.user_id, key=key, request_digest=digest, record_type=known.key, created_at=now()
            )
            record = create_record(known, values, actor=actor)
            IdempotentRequest.objects.filter(pk=request.pk).update(record_id=record.pk, status=201)
    except IntegrityError:
        found = _earlier(actor.user_id, key, known, digest)
        if found is None:
            raise
        return found
    return Created(record.pk)


def _earlier(user_id: int, key: str, known: RecordType, digest: str) -> Created | None:
    row = IdempotentRequest.objects.filter(user_id=user_id, key=key, record_type=known.key).first()
    if row is None or row.record_id is None:
        return None
    return Created(row.record_id, is_repeat=True, differs=row.request_digest != digest)
