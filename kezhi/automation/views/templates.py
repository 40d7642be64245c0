"""Message templates: list, editing, and a preview with a real record (AUTO-7)."""

import json

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from kezhi.access.actors import Actor
from kezhi.access.policies import require_area
from kezhi.automation.models import MessageTemplate
from kezhi.automation.operations.templates import save_template
from kezhi.automation.problems import DefinitionProblem
from kezhi.automation.texts import Filler, check_text, place_choices
from kezhi.records.operations import InvalidRecord
from kezhi.records.registry import RecordType, find_record_type, record_types
from kezhi.records.unkeepable import promises_in, unkeepable_words
from kezhi.records.views.answers import signed_in
from kezhi.ui.toasts import toast

_TEXTS = ("name_zh", "name_en", "title_zh", "title_en", "body_zh", "body_en")


@require_safe
@signed_in
def show_templates(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All templates by the kind of record they are about."""
    require_area(actor, "automation", "view")
    rows = list(MessageTemplate.objects.all())
    groups = [
        (known, [row for row in rows if row.record_type == known.key])
        for known in record_types()
        if any(row.record_type == known.key for row in rows)
    ]
    return render(
        request, "automation/templates.html", {"groups": groups, "may_edit": actor.allows("automation", "edit")}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit_template(request: HttpRequest, actor: Actor, template_id: int = 0) -> HttpResponse:
    """One template with a preview; without an id a new one about ``record_type``."""
    require_area(actor, "automation", "edit")
    template = MessageTemplate.objects.get(pk=template_id) if template_id else None
    given = request.POST if request.method == "POST" else request.GET
    record_type = find_record_type(template.record_type if template else given.get("record_type", "customer"))
    if record_type is None:
        record_type = next(iter(record_types()))
    shown = {key: given.get(key, getattr(template, key, "")) for key in _TEXTS}
    problems: dict[str, object] = {}
    if request.method == "POST" and request.POST.get("act") == "preview":
        problems = dict(problems_of(record_type, shown))
    if request.method == "POST" and request.POST.get("act") != "preview":
        try:
            saved = save_template(
                template,
                record_type=record_type,
                is_active=template is None or request.POST.get("is_active") == "1",
                actor=actor,
                **{key: str(value) for key, value in shown.items()},
            )
        except InvalidRecord as refused:
            problems = dict(refused.problems)
        else:
            toast(request, gettext("模板“%(name)s”已保存") % {"name": saved.label})
            if promised := promises_in(*(str(value) for value in shown.values())):
                words = gettext("模板“%(name)s”里有不该承诺的说法：%(words)s")
                toast(request, words % {"name": saved.label, "words": gettext("、").join(promised)}, tone="warning")
            return HttpResponseRedirect(reverse("automation:templates"))
    context = {
        "template": template,
        "record_type": record_type,
        "types": [(known.key, str(known.label)) for known in record_types()],
        "shown": shown,
        "problems": problems,
        "promises": promises_in(*(str(value) for value in shown.values())),
        "promise_words": json.dumps(unkeepable_words(), ensure_ascii=False),
        "places": place_choices(record_type),
        "is_active": template is None or template.is_active,
        "previews": previews_of(record_type, shown, actor, request.POST.get("number", "")),
        "number": request.POST.get("number", ""),
    }
    refused_now = problems and request.POST.get("act") != "preview"
    return render(request, "automation/template.html", context, status=422 if refused_now else 200)


def problems_of(record_type: RecordType, shown: dict[str, str]) -> dict[str, str | Promise]:
    """Which texts name a field there is not, and which."""
    problems: dict[str, str | Promise] = {}
    for key in ("title_zh", "body_zh", "title_en", "body_en"):
        try:
            check_text(str(shown[key]), record_type)
        except DefinitionProblem as problem:
            problems[key] = problem.message
    return problems


def previews_of(
    record_type: RecordType, shown: dict[str, str], actor: Actor, number: str
) -> list[tuple[str, str, str]]:
    """(language, title, body) with the newest record the reader sees, or the one of a number."""
    rows = record_type.model.objects.visible_to(actor).select_related(*record_type.related_load)
    record = (rows.filter(number=number.strip()).first() if number.strip() else None) or rows.order_by("-pk").first()
    if record is None or not shown["title_zh"]:
        return []
    previews = []
    for language, short in (("zh-hans", "zh"), ("en", "en")):
        with translation.override(language):
            filler = Filler(record_type, actor, gettext("规则名称"))
            title = shown[f"title_{short}"] or shown["title_zh"]
            body = shown[f"body_{short}"] or shown["body_zh"]
            previews.append((language, filler.fill(title, record), filler.fill(body, record)))
    return previews
