"""Settings: the fields of each record type, built-in and custom (CUS-6, FUP-3, CUS-10)."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kezhi.access.policies import require_area
from kezhi.records.custom_types import field_from_custom
from kezhi.records.listing.head import automate_url
from kezhi.records.models import CustomField
from kezhi.records.operations.custom_fields import (
    ACTION,
    AREA,
    Choice,
    FieldDraft,
    add_field,
    change_field,
    choice_uses,
    order_fields,
    set_field,
)
from kezhi.records.operations.problems import InvalidRecord
from kezhi.records.places import in_rail_order
from kezhi.records.registry import RecordType, find_record_type
from kezhi.records.views.record import actor_of
from kezhi.ui.html import Tab
from kezhi.ui.toasts import toast

_NEW_CHOICES = 4
_OPTIONS = ("minimum", "maximum", "pattern", "max_length", "default")


@require_GET
def fields(request: HttpRequest, key: str = "") -> HttpResponse:
    """GET /settings/fields/customer/: every field of a type, with what an administrator may set."""
    require_area(actor_of(request), AREA, ACTION)
    types = in_rail_order()
    known = find_record_type(key) if key else (types[0] if types else None)
    if known is None:
        raise Http404
    context = {
        "record_type": known,
        "tabs": [
            Tab(each.plural, reverse("records:fields_of", args=[each.key]), current=each.key == known.key)
            for each in types
        ],
        "built_in": [field for field in known.all_fields().values() if field.custom_id is None],
        "title_field": known.title_field,
        "custom": CustomField.objects.filter(record_type=known.key),
        "groups": {group.key: group.label for group in known.groups},
        "automate_url": automate_url(known.key, actor_of(request)).replace("on=created", "on=changed"),
    }
    return render(request, "records/settings/fields.html", context)


@require_POST
def built_in(request: HttpRequest, key: str, field_key: str) -> HttpResponse:
    """POST /settings/fields/customer/built-in/industry/: required, needed before a follow-up, weight."""
    known = _type(key)
    weight = request.POST.get("weight", "0").strip()
    try:
        set_field(
            known,
            field_key,
            is_required=request.POST.get("is_required") == "on",
            for_follow_up=request.POST.get("for_follow_up") == "on",
            weight=int(weight) if weight.isdecimal() and len(weight) < 5 else -1,
            is_personal_outside=request.POST.get("is_personal_outside") == "on",
            actor=actor_of(request),
        )
    except InvalidRecord as refused:
        toast(request, " ".join(str(text) for text in refused.problems.values()), tone="danger")
    else:
        toast(request, gettext("已保存“%(field)s”的设置") % {"field": _label(known, field_key)})
    return redirect(reverse("records:fields_of", args=[known.key]))


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, key: str) -> HttpResponse:
    """GET, POST /settings/fields/customer/new/: a new custom field."""
    actor = actor_of(request)
    require_area(actor, AREA, ACTION)
    known = _type(key)
    kind = request.POST.get("kind") or request.GET.get("kind", "")
    if request.method != "POST":
        return _show(request, known, None, kind, {"is_active": True})
    try:
        row = add_field(known, kind, _draft(request.POST), actor=actor)
    except InvalidRecord as refused:
        return _show(request, known, None, kind, _typed(request.POST), refused, status=422)
    toast(request, gettext("已新增字段“%(field)s”，马上就能用") % {"field": row.label})
    return redirect(reverse("records:fields_of", args=[known.key]))


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, key: str, field_key: str) -> HttpResponse:
    """GET, POST /settings/fields/customer/cf_3/: a custom field."""
    actor = actor_of(request)
    require_area(actor, AREA, ACTION)
    known = _type(key)
    row = CustomField.objects.filter(record_type=known.key, key=field_key).first()
    if row is None:
        raise Http404
    if request.method != "POST":
        return _show(request, known, row, row.kind, _stored(row))
    try:
        is_done = change_field(row, _draft(request.POST), actor=actor)
    except InvalidRecord as refused:
        return _show(request, known, row, row.kind, _typed(request.POST), refused, status=422)
    text = (
        gettext("已保存字段“%(field)s”")
        if is_done
        else gettext("已保存。“%(field)s”的值很多，正在后台检查有没有重复，通过后生效。")
    )
    toast(request, text % {"field": row.label})
    return redirect(reverse("records:fields_of", args=[known.key]))


@require_POST
def order(request: HttpRequest, key: str) -> HttpResponse:
    """POST /settings/fields/customer/order/ ``key`` in the wanted order, or ``up``: one place further up."""
    known = _type(key)
    keys = [str(each) for each in request.POST.getlist("key")]
    if (moved := request.POST.get("up", "")) in keys and keys.index(moved) > 0:
        place = keys.index(moved)
        keys[place - 1], keys[place] = keys[place], keys[place - 1]
    order_fields(known, keys, actor=actor_of(request))
    return redirect(reverse("records:fields_of", args=[known.key]))


def _type(key: str) -> RecordType:
    known = find_record_type(key)
    if known is None:
        raise Http404
    return known


def _label(known: RecordType, key: str) -> str:
    field = known.field(key)
    return str(field.label) if field else key


def _draft(posted: QueryDict) -> FieldDraft:
    off = set(posted.getlist("choice_off"))
    rows = zip(posted.getlist("choice_key"), posted.getlist("choice_zh"), posted.getlist("choice_en"), strict=False)
    return FieldDraft(
        name_zh=posted.get("name_zh", ""),
        name_en=posted.get("name_en", ""),
        group=posted.get("group", ""),
        help_zh=posted.get("help_zh", ""),
        help_en=posted.get("help_en", ""),
        is_required=posted.get("is_required") == "on",
        is_unique=posted.get("is_unique") == "on",
        is_personal=posted.get("is_personal") == "on",
        is_personal_outside=posted.get("is_personal_outside") == "on",
        shown_in_list=posted.get("shown_in_list") == "on",
        is_active=posted.get("is_active") == "on",
        choices=[Choice(str(key), str(zh), str(en), str(key) in off and bool(key)) for key, zh, en in rows],
        options={name: str(posted.get(name, "")) for name in _OPTIONS},
    )


def _typed(posted: QueryDict) -> dict[str, Any]:
    draft = _draft(posted)
    values: dict[str, Any] = {name: getattr(draft, name) for name in FieldDraft.__dataclass_fields__}
    values.update(draft.options)
    values["choices"] = [(each.key, each.zh, each.en, each.is_off, 0) for each in draft.choices if each.key or each.zh]
    return values


def _stored(row: CustomField) -> dict[str, Any]:
    uses = choice_uses(row) if row.kind in ("choice", "multi_choice") else {}
    values: dict[str, Any] = {name: getattr(row, name, "") for name in FieldDraft.__dataclass_fields__}
    values.update({name: row.options.get(name, "") for name in _OPTIONS})
    if row.options.get("default") not in (None, ""):
        built = field_from_custom(row)
        values["default"] = built.text(built.from_json(row.options["default"]))
    values["choices"] = [
        (each["key"], each.get("zh", ""), each.get("en", ""), bool(each.get("off")), uses.get(each["key"], 0))
        for each in row.options.get("choices", [])
    ]
    return values


def _show(
    request: HttpRequest,
    known: RecordType,
    row: CustomField | None,
    kind: str,
    values: dict[str, Any],
    refused: InvalidRecord | None = None,
    status: int = 200,
) -> HttpResponse:
    values["choices"] = [*values.get("choices", ()), *[("", "", "", False, 0)] * _NEW_CHOICES]
    context = {
        "record_type": known,
        "row": row,
        "kind": kind if kind in CustomField.Kind.values else "text",
        "kinds": CustomField.Kind.choices,
        "kind_label": dict(CustomField.Kind.choices).get(kind, ""),
        "values": values,
        "groups": [(group.key, group.label) for group in known.groups],
        "problems": {key: str(text) for key, text in refused.problems.items()} if refused else {},
    }
    return render(request, "records/settings/field.html", context, status=status)
