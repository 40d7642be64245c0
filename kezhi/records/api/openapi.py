"""The API's description, made from the record types as they are now, custom fields included."""

from collections.abc import Callable
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from kezhi import __version__
from kezhi.access.actors import Actor
from kezhi.access.models import FieldLevel
from kezhi.core.conditions import OPERATORS
from kezhi.records.api.problems import problem
from kezhi.records.api.tokens import actor_of_token
from kezhi.records.child_rows import child_rows
from kezhi.records.registry import RecordType, record_types

_ERRORS = {"400": "Problem", "401": "Problem", "403": "Problem", "404": "Problem", "422": "Problem", "429": "Problem"}


@require_GET
def openapi(request: HttpRequest) -> HttpResponse:
    """GET /api/v1/openapi.json, with a token or signed in: what the reader may know of."""
    actor = getattr(request, "actor", None) or actor_of_token(request)
    if actor is None:
        return problem(401, "unauthorized", _("令牌缺失、无效、已过期或已吊销"))
    return HttpResponse(msgspec.json.encode(description(actor)), content_type="application/json")


_others: list[Callable[[], dict[str, Any]]] = []


def register_paths(paths: Callable[[], dict[str, Any]]) -> None:
    """Add the paths of an app whose resources are no types of records; asked for each time, for its language."""
    if paths not in _others:
        _others.append(paths)


def description(actor: Actor | None = None) -> dict[str, Any]:
    """The OpenAPI 3.1 document; for somebody without the types and fields that are hidden from them."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {"Problem": _problem_schema(), "Condition": _condition_schema()}
    for known in record_types():
        if actor is not None and not any(actor.allows(known.key, action) for action in ("view", "create")):
            continue
        name = "".join(part.capitalize() for part in known.key.split("_"))
        schemas[name] = _schema(known, actor, for_writing=False)
        schemas[f"{name}Input"] = _schema(known, actor, for_writing=True)
        paths[f"/api/v1/{known.slug}/"] = _collection(known, name)
        paths[f"/api/v1/{known.slug}/{{id}}/"] = _member(known, actor, name)
    for more in _others:
        paths.update(more())
    return {
        "openapi": "3.1.0",
        "info": {"title": "Kezhi", "version": __version__},
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas,
        },
    }


def _schema(known: RecordType, actor: Actor | None, *, for_writing: bool) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required = []
    for field in known.all_fields().values():
        if actor is not None and known.level(field.key, actor) == FieldLevel.HIDDEN:
            continue
        is_given = field.read_only and field.importable and field.key != "number"
        if for_writing and field.read_only and not is_given:
            continue
        properties[field.key] = {**field.schema(), "title": str(field.label)}
        if for_writing and is_given:
            properties[field.key]["description"] = "Only when creating with history=1"
            continue
        if field.help:
            properties[field.key]["description"] = str(field.help)
        if for_writing and field.required and field.default is None:
            required.append(field.key)
    for rows in child_rows(known).values():
        properties[rows.key] = {"type": "array", "items": dict(rows.schema), "title": str(rows.label)}
    if not for_writing:
        properties["id"] = {"type": "integer"}
        properties["version"] = {"type": "integer"}
        properties["masked"] = {"type": "array", "items": {"type": "string"}, "description": "Fields shown as a mask"}
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required
    if for_writing:
        schema["additionalProperties"] = False
    return schema


def _collection(known: RecordType, name: str) -> dict[str, Any]:
    page = {
        "type": "object",
        "properties": {
            "items": {"type": "array", "items": _ref(name)},
            "next": {"type": ["string", "null"]},
            "previous": {"type": ["string", "null"]},
            "count": {"type": "integer"},
            "count_is_exact": {"type": "boolean"},
        },
        "required": ["items", "next", "previous"],
    }
    parameters = [
        _query("filter", "A condition as JSON, see Condition"),
        _query("sort", 'A field key, "-" in front for descending'),
        _query("limit", "Records per page", {"type": "integer", "minimum": 1}),
        _query("cursor", "Where to go on, from the last answer's next or previous"),
        _query("fields", "Field keys separated by commas"),
        _query("q", "Beginning of the number, or part of the name"),
        _query("count", "1 to count all matching records as well"),
    ]
    return {
        "get": {
            "operationId": f"list_{known.key}",
            "summary": str(known.plural),
            "parameters": parameters,
            "responses": {"200": _answer(page), **_errors()},
        },
        "post": {
            "operationId": f"create_{known.key}",
            "parameters": [
                _idempotency(),
                _query("history", "1 with the right to import: also set when it was made and when it ended"),
            ],
            "requestBody": _body(f"{name}Input"),
            "responses": {"201": _answer(_ref(name)), **_errors()},
        },
    }


def _member(known: RecordType, actor: Actor | None, name: str) -> dict[str, Any]:
    record_id = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
    return {
        "parameters": [record_id],
        "get": {
            "operationId": f"get_{known.key}",
            "responses": {"200": _answer(_ref(name)), **_errors()},
        },
        "patch": {
            "operationId": f"change_{known.key}",
            "parameters": [
                _idempotency(),
                {"name": "If-Match", "in": "header", "schema": {"type": "string"}, "description": "Known version"},
            ],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": _patch_schema(known, actor)}},
            },
            "responses": {"200": _answer(_ref(name)), "409": _answer(_ref("Problem")), **_errors()},
        },
        "delete": {
            "operationId": f"delete_{known.key}",
            "parameters": [_idempotency()],
            "responses": {"204": {"description": "In the recycle bin"}, **_errors()},
        },
    }


def _patch_schema(known: RecordType, actor: Actor | None) -> dict[str, Any]:
    schema = _schema(known, actor, for_writing=True)
    schema.pop("required", None)
    schema["properties"]["version"] = {"type": "integer"}
    return schema


def _condition_schema() -> dict[str, Any]:
    operators = sorted({key for by_key in OPERATORS.values() for key in by_key})
    part = {"$ref": "#/components/schemas/Condition"}
    return {
        "oneOf": [
            {"type": "object", "properties": {"all": {"type": "array", "items": part}}, "required": ["all"]},
            {"type": "object", "properties": {"any": {"type": "array", "items": part}}, "required": ["any"]},
            {"type": "object", "properties": {"not": part}, "required": ["not"]},
            {
                "type": "object",
                "properties": {"field": {"type": "string"}, "op": {"enum": operators}, "value": {}},
                "required": ["field", "op"],
            },
        ]
    }


def _problem_schema() -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "errors": {"type": "object", "additionalProperties": {"type": "string"}},
        },
        "required": ["type", "title", "status", "detail"],
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _answer(schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": "OK", "content": {"application/json": {"schema": schema}}}


def _errors() -> dict[str, Any]:
    content = {"application/problem+json": {"schema": _ref("Problem")}}
    return {status: {"description": "Problem", "content": content} for status in _ERRORS}


def _body(name: str) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": _ref(name)}}}


def _query(name: str, text: str, schema: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"name": name, "in": "query", "description": text, "schema": schema or {"type": "string"}}


def _idempotency() -> dict[str, Any]:
    return {
        "name": "Idempotency-Key",
        "in": "header",
        "schema": {"type": "string", "maxLength": 80},
        "description": "The same key again answers as the first time",
    }
