"""Settings › Pipelines: the list, one pipeline with its stages, one stage (SAL-1)."""

import json
from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kezhi.access.actors import Actor
from kezhi.access.policies import require_area
from kezhi.automation.definition import rule_catalogue
from kezhi.core.conditions import EVERYTHING, ConditionProblem, parse, plain_text, sentence
from kezhi.records.listing.schema import list_schema
from kezhi.records.operations import InvalidRecord
from kezhi.records.registry import record_type
from kezhi.records.views.answers import signed_in
from kezhi.sales.entry_conditions import stage_label
from kezhi.sales.models import Opportunity, Pipeline, Stage
from kezhi.sales.operations.pipelines import (
    ACTION,
    AREA,
    PipelinePlan,
    StagePlan,
    order_stages,
    remove_stage,
    requirable_fields,
    restore_stage,
    save_pipeline,
    save_stage,
)
from kezhi.ui.toasts import toast

_STAGE_TEXTS = ("name_zh", "name_en", "kind", "probability", "most_days")


@require_safe
@signed_in
def show_pipelines(request: HttpRequest, actor: Actor) -> HttpResponse:
    """GET /settings/pipelines/: every pipeline with its stages in a line and its open opportunities."""
    require_area(actor, AREA, ACTION)
    counts = _counts("pipeline_id")
    rows = []
    for pipeline in Pipeline.objects.prefetch_related("stages"):
        names = [stage_label(stage.key) for stage in pipeline.stages.all() if stage.is_active]
        rows.append((pipeline, _label(pipeline), names, counts.get(pipeline.key, 0)))
    return render(request, "sales/pipelines/pipelines.html", {"rows": rows})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit_pipeline(request: HttpRequest, actor: Actor, key: str = "") -> HttpResponse:
    """One pipeline with its stages; without a key a new one."""
    require_area(actor, AREA, ACTION)
    pipeline = Pipeline.objects.get(key=key) if key else None
    problems: Mapping[str, Any] = {}
    shown: dict[str, Any] = {"is_active": True}
    if pipeline is not None:
        shown = {name: getattr(pipeline, name) for name in ("name_zh", "name_en", "is_default", "is_active")}
    if request.method == "POST":
        posted = request.POST
        plan = PipelinePlan(
            posted.get("name_zh", ""),
            posted.get("name_en", ""),
            is_default=posted.get("is_default") == "1",
            is_active=posted.get("is_active") == "1",
        )
        try:
            saved = save_pipeline(pipeline, plan, actor=actor)
        except InvalidRecord as refused:
            problems = refused.problems
            shown = {name: getattr(plan, name) for name in ("name_zh", "name_en", "is_default", "is_active")}
        else:
            toast(request, gettext("已保存销售流程“%(name)s”") % {"name": _label(saved)})
            return redirect(reverse("sales:pipeline", args=[saved.key]))
    counts = _counts("stage_id") if pipeline is not None else {}
    stages = pipeline.stages.all() if pipeline is not None else ()
    context = {
        "pipeline": pipeline,
        "label": _label(pipeline) if pipeline is not None else "",
        "shown": shown,
        "problems": {name: str(text) for name, text in problems.items()},
        "stages": [(stage, stage_label(stage.key), _entry_words(stage), counts.get(stage.key, 0)) for stage in stages],
    }
    return render(request, "sales/pipelines/pipeline.html", context, status=422 if problems else 200)


@require_POST
@signed_in
def order(request: HttpRequest, actor: Actor, key: str) -> HttpResponse:
    """POST ``stage`` in the wanted order, or ``up``: one place further up."""
    require_area(actor, AREA, ACTION)
    pipeline = Pipeline.objects.get(key=key)
    ids = [int(each) for each in request.POST.getlist("stage") if each.isdecimal() and len(each) < 10]
    moved = request.POST.get("up", "")
    if moved.isdecimal() and int(moved) in ids and ids.index(int(moved)) > 0:
        place = ids.index(int(moved))
        ids[place - 1], ids[place] = ids[place], ids[place - 1]
    order_stages(pipeline, ids, actor=actor)
    return redirect(reverse("sales:pipeline", args=[key]))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit_stage(request: HttpRequest, actor: Actor, key: str, stage_id: int = 0) -> HttpResponse:
    """One stage; without an id a new one."""
    require_area(actor, AREA, ACTION)
    pipeline = Pipeline.objects.get(key=key)
    stage = pipeline.stages.get(pk=stage_id) if stage_id else None
    if request.method != "POST":
        return _show_stage(request, actor, pipeline, stage, _stored(stage))
    typed = _typed(request.POST)
    plan = StagePlan(**{name: typed[name] for name in _STAGE_TEXTS}, entry=typed["entry"], required=typed["required"])
    try:
        saved = save_stage(pipeline, stage, plan, actor=actor)
    except InvalidRecord as refused:
        return _show_stage(request, actor, pipeline, stage, typed, refused.problems)
    toast(request, gettext("已保存阶段“%(stage)s”") % {"stage": stage_label(saved.key)})
    return redirect(reverse("sales:pipeline", args=[key]))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def take_out(request: HttpRequest, actor: Actor, key: str, stage_id: int) -> HttpResponse:
    """Ask where the opportunities of a stage go, and take it out."""
    require_area(actor, AREA, ACTION)
    pipeline = Pipeline.objects.get(key=key)
    stage = pipeline.stages.get(pk=stage_id)
    label = stage_label(stage.key)
    problems: Mapping[str, Any] = {}
    if request.method == "POST":
        chosen = request.POST.get("target", "")
        target = pipeline.stages.filter(pk=int(chosen)).first() if chosen.isdecimal() and len(chosen) < 10 else None
        try:
            moved = remove_stage(pipeline, stage, target, actor=actor)
        except InvalidRecord as refused:
            problems = refused.problems
        else:
            words = {"stage": label, "count": moved}
            toast(
                request,
                ngettext("已撤掉“%(stage)s”，移走 %(count)s 个商机", "已撤掉“%(stage)s”，移走 %(count)s 个商机", moved)
                % words,
            )
            return redirect(reverse("sales:pipeline", args=[key]))
    others = pipeline.stages.filter(kind=stage.kind, is_active=True).exclude(pk=stage.pk)
    context = {
        "pipeline": pipeline,
        "pipeline_label": _label(pipeline),
        "stage": stage,
        "label": label,
        "count": Opportunity.objects.ungated("settings").filter(stage_id=stage.key).count(),
        "targets": [(str(each.pk), stage_label(each.key)) for each in others],
        "chosen": request.POST.get("target", ""),
        "problem": str(next(iter(problems.values()), "")),
    }
    return render(request, "sales/pipelines/removal.html", context, status=422 if problems else 200)


@require_POST
@signed_in
def bring_back(request: HttpRequest, actor: Actor, key: str, stage_id: int) -> HttpResponse:
    """Switch a stage on again."""
    require_area(actor, AREA, ACTION)
    pipeline = Pipeline.objects.get(key=key)
    restore_stage(pipeline, pipeline.stages.get(pk=stage_id), actor=actor)
    return redirect(reverse("sales:pipeline", args=[key]))


def _show_stage(
    request: HttpRequest,
    actor: Actor,
    pipeline: Pipeline,
    stage: Stage | None,
    shown: Mapping[str, Any],
    problems: Mapping[str, Any] | None = None,
) -> HttpResponse:
    context = {
        "pipeline": pipeline,
        "pipeline_label": _label(pipeline),
        "stage": stage,
        "label": stage_label(stage.key) if stage is not None else "",
        "shown": shown,
        "kinds": [(str(kind), str(kind.label)) for kind in Stage.Kind],
        "fields": [(name, label, name in shown["required"]) for name, label in requirable_fields()],
        "schema": list_schema(record_type("opportunity"), actor),
        "problems": {name: str(text) for name, text in (problems or {}).items()},
    }
    return render(request, "sales/pipelines/stage.html", context, status=422 if problems else 200)


def _stored(stage: Stage | None) -> dict[str, Any]:
    if stage is None:
        return {"kind": "open", "probability": "50", "most_days": "", "required": [], "entry": {}}
    shown: dict[str, Any] = {name: getattr(stage, name) for name in ("name_zh", "name_en", "kind", "probability")}
    return shown | {"most_days": stage.most_days or "", "required": stage.required, "entry": stage.entry}


def _typed(posted: QueryDict) -> dict[str, Any]:
    try:
        entry: object = json.loads(posted.get("entry", "") or "{}")
    except (ValueError, RecursionError):
        entry = "?"
    shown: dict[str, Any] = {name: posted.get(name, "") for name in _STAGE_TEXTS}
    return shown | {"required": posted.getlist("required"), "entry": entry}


def _entry_words(stage: Stage) -> str:
    """The entry condition and required fields as a sentence; a condition that no longer holds together says so."""
    known = record_type("opportunity")
    parts = []
    if stage.entry:
        catalogue = rule_catalogue(known)
        try:
            condition = parse(dict(stage.entry), catalogue)
            parts += [plain_text(sentence(condition, catalogue))] if condition != EVERYTHING else []
        except ConditionProblem:
            parts.append(gettext("条件里的字段已不存在，请重新设置"))
    names = [str(each.label) for key in stage.required if (each := known.field(key)) is not None]
    if names:
        parts.append(gettext("必填：%(fields)s") % {"fields": gettext("、").join(names)})
    return gettext("；").join(parts)


def _counts(field: str) -> dict[str, int]:
    rows = Opportunity.objects.ungated("settings").filter(Q(state=Opportunity.State.OPEN), deleted_at__isnull=True)
    return {row[field]: row["held"] for row in rows.order_by().values(field).annotate(held=Count("pk"))}


def _label(pipeline: Pipeline) -> str:
    field = record_type("opportunity").field("pipeline")
    return field.text(pipeline.key) if field is not None else pipeline.name_zh
