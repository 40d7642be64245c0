"""Settings › Entry pages: the list, one page with its link, QR code and snippet, and a preview (LEAD-1)."""

import io
from collections.abc import Mapping
from typing import Any

import segno
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from kezhi.access.actors import Actor
from kezhi.access.policies import require_area
from kezhi.records.lists import list_choices
from kezhi.records.operations import InvalidRecord
from kezhi.records.presenting import present_all
from kezhi.records.registry import record_type
from kezhi.records.views.answers import signed_in
from kezhi.sales.entry_forms import offered_fields
from kezhi.sales.models import EntryForm, LeadSource
from kezhi.sales.operations.entry_forms import FormPlan, save_entry_form
from kezhi.ui.toasts import toast

_TEXTS = (
    "name",
    "title_zh",
    "title_en",
    "intro_zh",
    "intro_en",
    "thanks_zh",
    "thanks_en",
    "consent_zh",
    "consent_en",
    "channel",
    "source_detail",
)
_NEW_FIELDS = {"name": True, "contact_name": True, "phone": True, "email": False, "interest": False, "need": False}
_MOST_SOURCES = 300


@require_safe
@signed_in
def show_forms(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All entry pages, those in use first, with how many leads came through each."""
    require_area(actor, "lead_source", "edit")
    rows = EntryForm.objects.select_related("source").annotate(came=Count("leads"))
    channels = list_choices("source")
    context = {"rows": [(row, channels.label(row.channel), _link(request, row)) for row in rows]}
    return render(request, "sales/leads/forms.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit_form(request: HttpRequest, actor: Actor, form_id: int = 0) -> HttpResponse:
    """One entry page; without an id a new one."""
    require_area(actor, "lead_source", "edit")
    form = EntryForm.objects.get(pk=form_id) if form_id else None
    problems: Mapping[str, Any] = {}
    shown = _shown(form)
    if request.method == "POST":
        plan = _plan(request.POST)
        try:
            saved = save_entry_form(form, plan, actor=actor)
        except InvalidRecord as refused:
            problems = refused.problems
            shown = _typed(request.POST)
        else:
            toast(request, gettext("录入页“%(name)s”已保存") % {"name": saved.name})
            return HttpResponseRedirect(reverse("sales:entry_form", args=[saved.pk]))
    context = {
        "form": form,
        "shown": shown,
        "problems": {key: str(sentence) for key, sentence in problems.items()},
        "fields": _field_rows(shown["fields"]),
        "channels": [(row.value, row.label) for row in list_choices("source").options() if row.is_active],
        "sources": _sources(actor),
        **(_ways_out(request, form) if form is not None else {}),
    }
    return render(request, "sales/leads/form.html", context, status=422 if problems else 200)


@require_safe
@signed_in
def qr_code(request: HttpRequest, actor: Actor, form_id: int) -> HttpResponse:
    """The QR code of a page as SVG, for printing."""
    require_area(actor, "lead_source", "edit")
    form = EntryForm.objects.get(pk=form_id)
    drawing = io.BytesIO()
    segno.make(_link(request, form), error="m").save(drawing, kind="svg", scale=8, border=4, light="#fff")
    answer = HttpResponse(drawing.getvalue(), content_type="image/svg+xml")
    answer["Content-Disposition"] = f'attachment; filename="kezhi-form-{form.pk}.svg"'
    return answer


def _link(request: HttpRequest, form: EntryForm) -> str:
    return request.build_absolute_uri(reverse("sales:entry_page", args=[form.token]))


def _ways_out(request: HttpRequest, form: EntryForm) -> dict[str, object]:
    link = _link(request, form)
    drawing = segno.make(link, error="m").svg_inline(border=2, light="#fff", dark="#111", omitsize=True)
    return {
        "link": link,
        "links": [("中文", f"{link}?lang=zh"), ("English", f"{link}?lang=en")],  # zh-data
        "qr": drawing,
        "snippet": render_to_string("sales/leads/snippet.html", {"link": link, "title": form.title_zh}).strip(),
        "preview": f"{reverse('sales:entry_page', args=[form.token])}?embed=1",
    }


def _shown(form: EntryForm | None) -> dict[str, Any]:
    if form is None:
        blank: dict[str, Any] = dict.fromkeys(_TEXTS, "")
        return blank | {"source": "", "sites": "", "is_active": True, "fields": _NEW_FIELDS, "channel": "web_form"}
    shown = {key: getattr(form, key) for key in _TEXTS}
    return shown | {
        "source": str(form.source_id or ""),
        "sites": "\n".join(form.sites),
        "is_active": form.is_active,
        "fields": {row["key"]: row["required"] for row in form.fields},
    }


def _typed(posted: QueryDict) -> dict[str, Any]:
    return {key: posted.get(key, "") for key in _TEXTS} | {
        "source": posted.get("source", ""),
        "sites": posted.get("sites", ""),
        "is_active": posted.get("is_active") == "1",
        "fields": dict(_asked(posted)),
    }


def _asked(posted: QueryDict) -> list[tuple[str, bool]]:
    """The fields ticked, in the order of their numbers."""
    known = [field.key for field in offered_fields()]
    chosen = [key for key in known if posted.get(f"use_{key}") == "1"]
    places = {key: _place(posted.get(f"place_{key}", ""), known.index(key) + 1) for key in chosen}
    chosen.sort(key=lambda key: places[key])
    return [(key, posted.get(f"must_{key}") == "1") for key in chosen]


def _place(text: str, otherwise: int) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else otherwise


def _plan(posted: QueryDict) -> FormPlan:
    source = posted.get("source", "")
    return FormPlan(
        **{key: str(posted.get(key, "")) for key in _TEXTS},
        fields=_asked(posted),
        source_id=int(source) if source.isascii() and source.isdecimal() and len(source) < 19 else None,
        sites=posted.get("sites", "").replace(",", "\n").replace("，", "\n").splitlines(),
        is_active=posted.get("is_active") == "1",
    )


def _field_rows(chosen: Mapping[str, bool]) -> list[dict[str, Any]]:
    """Those asked for in their order, then the others."""
    order = list(chosen)
    fields = sorted(offered_fields(), key=lambda field: order.index(field.key) if field.key in chosen else len(order))
    return [
        {
            "key": field.key,
            "label": field.label,
            "is_used": field.key in chosen,
            "is_required": chosen.get(field.key, False),
            "place": place,
        }
        for place, field in enumerate(fields, start=1)
    ]


def _sources(actor: Actor) -> list[tuple[str, str]]:
    rows = LeadSource.objects.visible_to(actor).filter(deleted_at__isnull=True).order_by("-created_at", "-id")
    found = present_all(rows[:_MOST_SOURCES], record_type("lead_source"), actor)
    return [(str(row.id), row.title) for row in found]
