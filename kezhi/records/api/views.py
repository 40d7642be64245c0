"""The endpoints every record type has."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from kezhi.access.actors import Actor
from kezhi.access.policies import require, require_area
from kezhi.core.conditions import EVERYTHING, parse
from kezhi.core.events import Json
from kezhi.records.api.bodies import answer_once, json_object, take_given
from kezhi.records.api.problems import ApiProblem, api, problem
from kezhi.records.child_rows import child_rows, children_json, take_children, write_children
from kezhi.records.listing.query import ListPage, ListRequest, read_size
from kezhi.records.listing.reading import ReadRows
from kezhi.records.listing.totals import count_capped
from kezhi.records.operations import change_record, create_record, delete_records
from kezhi.records.presented_rows import PresentedRows
from kezhi.records.presenting import HIDDEN, MASKED, Presented, Presenter
from kezhi.records.registry import RecordType, TypeCatalogue

_LONGEST_FILTER = 20_000


@csrf_exempt
def collection(request: HttpRequest, record_type: RecordType) -> HttpResponse:
    """GET: a page of records. POST: a new one."""
    match request.method:
        case "GET":
            return list_records(request, record_type)
        case "POST":
            return create(request, record_type)
        case _:
            return _wrong_method("GET, POST")


@csrf_exempt
def member(request: HttpRequest, record_type: RecordType, record_id: int) -> HttpResponse:
    """GET: one record. PATCH: change fields of it. DELETE: to the recycle bin."""
    match request.method:
        case "GET":
            return show(request, record_type, record_id)
        case "PATCH":
            return change(request, record_type, record_id)
        case "DELETE":
            return delete(request, record_type, record_id)
        case _:
            return _wrong_method("GET, PATCH, DELETE")


@api
def list_records(request: HttpRequest, actor: Actor, record_type: RecordType) -> HttpResponse:
    """GET /api/v1/customers/?filter=&sort=&limit=&cursor=&fields=&count=1"""
    require_area(actor, record_type.key, "view")
    presenter = Presenter(record_type, actor)
    keys = _fields(request, presenter)
    wanted = ListRequest(
        record_type,
        actor,
        condition=_filter(request, record_type, actor),
        sort=request.GET.get("sort", ""),
        columns=tuple(keys),
        cursor=request.GET.get("cursor", ""),
        size=read_size(request.GET.get("limit")),
        text=request.GET.get("q", ""),
    )
    page, items = _items(wanted, presenter, keys)
    body: dict[str, Any] = {"items": items, "next": page.next_cursor or None, "previous": page.previous_cursor or None}
    if request.GET.get("count"):
        count = count_capped(wanted)
        body["count"] = count.number
        body["count_is_exact"] = not count.is_capped
    return _json(body)


@api
def create(request: HttpRequest, actor: Actor, record_type: RecordType) -> HttpResponse:
    """POST /api/v1/customers/ {"name": …}

    With ``?history=1`` whoever may import sets what only lists bring otherwise: when it was made, when it ended.
    """
    require_area(actor, record_type.key, "create")
    values = json_object(request)
    given: dict[str, Any] = {}
    if request.GET.get("history") == "1":
        require_area(actor, record_type.key, "import")
        given = take_given(record_type, values, actor)
    children = take_children(record_type, values)

    def make() -> HttpResponse:
        with transaction.atomic():
            record = create_record(record_type, values, actor=actor, given=given)
            write_children(record_type, record, children, actor=actor)
        response = _json(_whole(record_type, record, actor), status=201)
        response["Location"] = f"/api/v1/{record_type.slug}/{record.pk}/"
        return response

    return answer_once(request, actor, make, _as_seen_now(record_type, actor))


@api
def show(request: HttpRequest, actor: Actor, record_type: RecordType, record_id: int) -> HttpResponse:
    """GET /api/v1/customers/12/"""
    record = _record(record_type, record_id, actor)
    presenter = Presenter(record_type, actor)
    body = Presented(record, presenter).as_json(_fields(request, presenter))
    response = _json(body if request.GET.get("fields") else {**body, **children_json(record_type, record, actor)})
    response["ETag"] = f'"{record.version}"'
    return response


@api
def change(request: HttpRequest, actor: Actor, record_type: RecordType, record_id: int) -> HttpResponse:
    """PATCH /api/v1/customers/12/ {"level": "A", "version": 3}; the version may come as If-Match instead."""
    values = json_object(request)
    version = _version(values.pop("version", None) or request.headers.get("If-Match"))
    children = take_children(record_type, values)

    def make() -> HttpResponse:
        with transaction.atomic():
            seen = _record(record_type, record_id, actor)
            if children and version is not None and seen.version != version:
                raise ApiProblem(409, "conflict", _("别人刚改过这条记录，请重新读取后再改"))
            record = change_record(seen, values, actor=actor, version=version)
            write_children(record_type, record, children, actor=actor)
        return _json(_whole(record_type, record, actor))

    return answer_once(request, actor, make, _as_seen_now(record_type, actor))


@api
def delete(request: HttpRequest, actor: Actor, record_type: RecordType, record_id: int) -> HttpResponse:
    """DELETE /api/v1/customers/12/"""
    record = _record(record_type, record_id, actor)
    require(actor, "delete", record)

    def make() -> HttpResponse:
        delete_records(record_type, [record_id], actor=actor)
        return HttpResponse(status=204)

    return answer_once(request, actor, make)


@csrf_exempt
def unknown(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Every other address below /api/."""
    return problem(404, "not_found", _("没有这个接口"))


def _items(wanted: ListRequest, presenter: Presenter, keys: Sequence[str]) -> tuple[ListPage, list[dict[str, Json]]]:
    """A page and its records as the actor may see them, straight from the rows where the type allows it."""
    columns = wanted.row_columns()
    if columns is not None and PresentedRows.possible(presenter, columns, keys):
        page = wanted.page(ReadRows(columns))
        shown = PresentedRows(presenter, columns, keys)
        return page, [shown.as_json(row) for row in page.records]
    page = wanted.page()
    return page, [Presented(record, presenter).as_json(keys) for record in page.records]


def _record(record_type: RecordType, record_id: int, actor: Actor) -> Any:
    rows = record_type.model.objects.visible_to(actor).select_related(*record_type.related_load)
    return rows.get(pk=record_id)


def _whole(record_type: RecordType, record: Any, actor: Actor) -> dict[str, Json]:
    """The record with the rows that belong to it."""
    return {**Presented(record, Presenter(record_type, actor)).as_json(), **children_json(record_type, record, actor)}


def _as_seen_now(record_type: RecordType, actor: Actor) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """For an earlier answer: only what the actor may see by now; 404 where the record is out of sight."""

    def narrow(body: dict[str, Any]) -> dict[str, Any]:
        record = _record(record_type, int(body["id"]), actor)
        presenter = Presenter(record_type, actor)
        states = {key: presenter.state(record, key) for key in body if key in presenter.fields}
        rows = child_rows(record_type)
        shown = {key: value for key, value in body.items() if states.get(key) != HIDDEN and key not in rows}
        shown.update(children_json(record_type, record, actor))
        masked = [key for key, state in states.items() if state == MASKED]
        return {**shown, **{key: presenter.json(record, key) for key in masked}, "masked": masked}

    return narrow


def _fields(request: HttpRequest, presenter: Presenter) -> list[str]:
    known = [field.key for field in presenter.visible_fields()]
    asked = [key for key in request.GET.get("fields", "").split(",") if key]
    strangers = set(asked) - set(known)
    if strangers:
        raise ApiProblem(400, "bad_fields", _("没有这些字段：%(names)s") % {"names": ", ".join(sorted(strangers)[:10])})
    return asked or known


def _filter(request: HttpRequest, record_type: RecordType, actor: Actor) -> Any:
    text = request.GET.get("filter", "")
    if not text:
        return EVERYTHING
    if len(text) > _LONGEST_FILTER:
        raise ApiProblem(400, "bad_filter", _("筛选条件太长"))
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        raise ApiProblem(400, "bad_filter", _("筛选条件不是有效的 JSON")) from None
    return parse(raw, TypeCatalogue(record_type, actor))


def _version(raw: object) -> int | None:
    if raw is None or raw == "":
        return None
    text = str(raw).strip().removeprefix("W/").strip('"')
    if not text.isdecimal() or len(text) > 9:
        raise ApiProblem(400, "bad_version", _("版本号应是整数"))
    return int(text)


def _json(body: Json | dict[str, Any], status: int = 200) -> HttpResponse:
    return HttpResponse(msgspec.json.encode(body), content_type="application/json", status=status)


def _wrong_method(allowed: str) -> HttpResponse:
    response = problem(405, "method_not_allowed", _("这个接口不支持这种请求方法"))
    response["Allow"] = allowed
    return response
