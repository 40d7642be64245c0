"""Reading what a program sends: JSON objects of known fields, and keys that make a write happen once."""

import hashlib
from collections.abc import Callable
from typing import Any

import msgspec
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from kezhi.access.actors import Actor
from kezhi.core.clock import now
from kezhi.core.crypto import decrypt, encrypt
from kezhi.core.values.problem import ValueProblem
from kezhi.records.api.problems import ApiProblem
from kezhi.records.fields import ParseContext
from kezhi.records.models import IdempotentRequest
from kezhi.records.operations.problems import InvalidRecord
from kezhi.records.registry import RecordType

_PURPOSE = "records.api.answer"
_LONGEST_KEY = 80


def json_object(request: HttpRequest) -> dict[str, Any]:
    """The request's body; raises ApiProblem when it is no JSON object."""
    try:
        body = msgspec.json.decode(request.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ApiProblem(400, "bad_json", _("请求内容不是有效的 JSON")) from None
    if not isinstance(body, dict):
        raise ApiProblem(400, "bad_json", _("请求内容应是一个 JSON 对象"))
    return body


def take_given(record_type: RecordType, values: dict[str, Any], actor: Actor) -> dict[str, Any]:
    """Take out of the values, parsed, those of fields that nobody writes but an imported history brings.

    Raises:
        InvalidRecord: with a sentence per field.
    """
    given: dict[str, Any] = {}
    problems: dict[str, Any] = {}
    context = ParseContext(actor)
    for key, field in record_type.all_fields().items():
        if not (field.read_only and field.importable) or key not in values or key == "number":
            continue
        try:
            value = field.parse(values.pop(key), context)
        except ValueProblem as problem:
            problems[key] = problem.message
        else:
            if value is not None:
                given[field.attribute] = value
    if problems:
        raise InvalidRecord(problems)
    return given


Narrow = Callable[[dict[str, Any]], dict[str, Any]]


def answer_once(
    request: HttpRequest, actor: Actor, make: Callable[[], HttpResponse], narrow: Narrow | None = None
) -> HttpResponse:
    """``make()``, or the first answer when the same ``Idempotency-Key`` comes again with the same request.

    The answer is stored in the transaction of the write, so that a crash leaves both or neither. ``narrow`` takes out
    of an earlier answer what the actor may not see any more.

    Raises:
        ApiProblem: the key was used for another request, or is malformed.
    """
    key = request.headers.get("Idempotency-Key", "")
    if not key or actor.user_id is None:
        return make()
    if len(key) > _LONGEST_KEY:
        raise ApiProblem(400, "bad_idempotency_key", _("Idempotency-Key 太长"))
    digest = hashlib.sha256(f"{request.method} {request.path}\n".encode() + request.body).hexdigest()
    if (known := _known(actor.user_id, key, digest, narrow)) is not None:
        return known
    try:
        with transaction.atomic():
            row = IdempotentRequest.objects.create(
                user_id=actor.user_id, key=key, request_digest=digest, created_at=now()
            )
            response = make()
            IdempotentRequest.objects.filter(pk=row.pk).update(
                status=response.status_code, answer=encrypt(response.content.decode(), purpose=_PURPOSE)
            )
            return response
    except IntegrityError:
        if (known := _known(actor.user_id, key, digest, narrow)) is not None:
            return known
        raise


def _known(user_id: int, key: str, digest: str, narrow: Narrow | None) -> HttpResponse | None:
    row = IdempotentRequest.objects.filter(user_id=user_id, key=key).first()
    if row is None:
        return None
    if row.request_digest != digest:
        raise ApiProblem(422, "idempotency_key_reused", _("这个 Idempotency-Key 已用于另一个请求"))
    if row.status is None:
        raise ApiProblem(409, "in_progress", _("同一个请求正在处理"))
    body = decrypt(row.answer, purpose=_PURPOSE).encode() if row.answer else b""
    if body and narrow is not None:
        body = msgspec.json.encode(narrow(msgspec.json.decode(body)))
    response = HttpResponse(body, content_type="application/json", status=row.status)
    response["Idempotent-Replayed"] = "true"
    return response
