"""Editing one place of a rule in the side sheet: its trigger, its conditions, its steps."""

import re
from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from kezhi.access.actors import Actor
from kezhi.access.policies import require_area
from kezhi.automation.actions.base import Action, actions_for, find_action
from kezhi.automation.controls import (
    condition_schema,
    controls_for,
    date_fields,
    number_value,
    read_controls,
    read_json,
    read_number,
    read_span_fields,
    span_value,
    unit_options,
    writable_fields,
)
from kezhi.automation.definition import read_part, rule_catalogue, rule_reader
from kezhi.automation.editing import part_at, with_part, with_step, with_step_moved, without_step
from kezhi.automation.models import Rule
from kezhi.automation.operations import save_draft
from kezhi.automation.operations.rules import type_of_rule
from kezhi.automation.problems import DefinitionProblem
from kezhi.automation.triggers import AGAIN, KINDS, read_trigger
from kezhi.automation.views.pages import find_rule
from kezhi.core.conditions import ConditionProblem, parse
from kezhi.core.events import event_kinds
from kezhi.core.figures import figures
from kezhi.records.registry import RecordType
from kezhi.records.views.answers import signed_in
from kezhi.ui.toasts import toast


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit_when(request: HttpRequest, actor: Actor, rule_id: int) -> HttpResponse:
    """What starts the rule."""
    require_area(actor, "automation", "edit")
    rule = find_rule(rule_id)
    record_type = type_of_rule(rule)
    when = (_source(rule).get("when") or {}) if request.method != "POST" else _read_when(request.POST)
    problem, place = "", ""
    if request.method == "POST":
        try:
            read_trigger(when, record_type)
            return _save(request, rule, with_part(_source(rule), "when", when), actor)
        except DefinitionProblem as refused:
            problem, place = str(refused.message), refused.path
    context = {
        "rule": rule,
        "when": when,
        "span": span_value(when.get("span")),
        "problem": problem,
        "place": place,
        "kinds": list(KINDS.items()),
        "again": list(AGAIN.items()),
        "fields": [(known.key, str(known.label)) for known in record_type.all_fields().values()],
        "dates": date_fields(record_type),
        "events": sorted((kind.key, str(kind.label)) for kind in event_kinds().values() if kind.family != "settings"),
        "made": [(key, label, (when.get("make") or {}).get(key, "")) for key, label in writable_fields(record_type)],
        "imports": _imports_of(when),
        "import_choices": _import_choices(when),
        "most": number_value(when.get("most")),
        "units": unit_options(),
        "facts": "\n".join(f"{key}={value}" for key, value in (when.get("facts") or {}).items()),
    }
    return render(request, "automation/part_when.html", context, status=422 if problem else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit_condition(request: HttpRequest, actor: Actor, rule_id: int) -> HttpResponse:
    """The conditions of the rule (``path`` if, was) or of one of its branches ("do.1.if")."""
    require_area(actor, "automation", "edit")
    rule = find_rule(rule_id)
    record_type = type_of_rule(rule)
    path = _place(request.POST if request.method == "POST" else request.GET, _CONDITION)
    tree: Any = part_at(_source(rule), path)
    problem = ""
    if request.method == "POST":
        tree = read_json(request.POST.get("condition", ""))
        try:
            parse(tree, rule_catalogue(record_type))
            return _save(request, rule, with_part(_source(rule), path, tree), actor)
        except (ConditionProblem, DefinitionProblem) as refused:
            problem = str(refused.message)
    context = {
        "rule": rule,
        "path": path,
        "schema": condition_schema(record_type, rule_reader()),
        "tree": tree,
        "problem": problem,
        "count_url": f"/{record_type.slug}/filter/count/" if path == "if" else "",
        "title": _CONDITION_TITLES.get(path, gettext("分支的条件")),
    }
    return render(request, "automation/part_condition.html", context, status=422 if problem else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit_step(request: HttpRequest, actor: Actor, rule_id: int) -> HttpResponse:
    """One step: the action's parameters, a wait, a branch's condition. ``add=1`` puts a new one in at ``path``.

    Without ``do`` a new step begins with the choice of actions. ``again=1`` only draws the form anew, for parameters
    that follow from others.
    """
    require_area(actor, "automation", "edit")
    rule = find_rule(rule_id)
    record_type = type_of_rule(rule)
    given = request.POST if request.method == "POST" else request.GET
    path, is_new = _place(given, _STEP), given.get("add") == "1"
    known = None if is_new else part_at(_source(rule), path)
    stored: dict[str, Any] = known if isinstance(known, dict) else {}
    kind = given.get("do", "") or str(stored.get("do", ""))
    action = find_action(kind)
    if kind not in ("wait", "branch", "stop") and (action is None or not action.applies_to(record_type)):
        return render(request, "automation/part_choose.html", _choices(rule, record_type, path, is_new=is_new))
    step, problem, place = stored, "", ""
    if request.method == "POST":
        step = _read_step(kind, action, request.POST, record_type, stored)
        if request.POST.get("again") != "1":
            try:
                checked = dict(step)
                if kind != "branch":
                    read_part(checked, record_type, "")
                elif not checked.get("if"):
                    raise DefinitionProblem(gettext("请写明分支的条件"), ".if")
                else:
                    parse(checked["if"], rule_catalogue(record_type))
                draft = with_step(_source(rule), path, step) if is_new else with_part(_source(rule), path, step)
                return _save(request, rule, draft, actor)
            except (DefinitionProblem, ConditionProblem) as refused:
                problem, place = str(refused.message), getattr(refused, "path", "")
    elif kind == "stop" and is_new:
        return _save(request, rule, with_step(_source(rule), path, {"do": "stop"}), actor)
    context: dict[str, object] = {
        "rule": rule,
        "path": path,
        "is_new": is_new,
        "kind": kind,
        "label": action.label if action else _STEP_NAMES[kind],
        "problem": problem,
        "units": unit_options(),
    }
    if action is not None:
        controls = controls_for(action, step.get("with") or {}, record_type)
        for control in controls:
            if place.startswith(f".with.{control.key}"):
                control.problem = problem
        context |= {"controls": controls, "schema": condition_schema(record_type, rule_reader())}
    elif kind == "wait":
        context |= {"span": span_value(step.get("span") or {"number": 1, "unit": "day"})}
    else:
        context |= {"schema": condition_schema(record_type, rule_reader()), "tree": step.get("if")}
    return render(request, "automation/part_step.html", context, status=422 if problem else 200)


@require_POST
@signed_in
def arrange_step(request: HttpRequest, actor: Actor, rule_id: int) -> HttpResponse:
    """Move a step up or down, or take it out."""
    require_area(actor, "automation", "edit")
    rule = find_rule(rule_id)
    path, act = _place(request.POST, _STEP), request.POST.get("act", "")
    source = _source(rule)
    try:
        if act == "drop":
            draft = without_step(source, path)
        else:
            draft = with_step_moved(source, path, -1 if act == "up" else 1)
    except DefinitionProblem as problem:
        toast(request, str(problem.message), tone="danger")
        return HttpResponseRedirect(reverse("automation:rule", args=[rule.pk]))
    return _save(request, rule, draft, actor)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def rename(request: HttpRequest, actor: Actor, rule_id: int) -> HttpResponse:
    """The rule's name in both languages."""
    require_area(actor, "automation", "edit")
    rule = find_rule(rule_id)
    problems: dict[str, object] = {}
    if request.method == "POST":
        name = request.POST.get("name_zh", "").strip()
        if name:
            save_draft(rule, _source(rule), name_zh=name, name_en=request.POST.get("name_en", ""), actor=actor)
            return HttpResponseRedirect(reverse("automation:rule", args=[rule.pk]))
        problems["name_zh"] = gettext("请给规则起个名字")
    context = {"rule": rule, "problems": problems, "given": request.POST}
    return render(request, "automation/rule_name.html", context, status=422 if problems else 200)


_STEP = re.compile(r"do\.\d{1,3}(\.(then|else)\.\d{1,3}){0,6}")
_CONDITION = re.compile(rf"if|was|{_STEP.pattern}\.if")


def _place(given: QueryDict, kind: re.Pattern[str]) -> str:
    """The place of the rule an address names; one that cannot be is not found."""
    path = given.get("path", "if")
    if kind.fullmatch(path) is None:
        raise Http404
    return path


_CONDITION_TITLES = {"if": gettext_lazy("条件"), "was": gettext_lazy("修改前的条件")}
_STEP_NAMES = {
    "wait": gettext_lazy("等一段时间"),
    "branch": gettext_lazy("分支"),
    "stop": gettext_lazy("到此为止"),
}


def _source(rule: Rule) -> dict[str, Any]:
    """What is being edited: the draft, else a copy of the version in force."""
    if rule.draft is not None:
        return dict(rule.draft)
    return dict(rule.current.definition) if rule.current else {"when": {}, "if": {}, "do": []}


def _save(request: HttpRequest, rule: Rule, draft: Mapping[str, Any], actor: Actor) -> HttpResponse:
    save_draft(rule, draft, actor=actor)
    return HttpResponseRedirect(reverse("automation:rule", args=[rule.pk]))


def _choices(rule: Rule, record_type: RecordType, path: str, *, is_new: bool) -> dict[str, object]:
    actions = [(known.key, known.label, known.icon, _help(known)) for known in actions_for(record_type)]
    flow = [
        ("wait", gettext("等一段时间"), "pause", gettext("过后接着做，那时再看条件。")),
        ("branch", gettext("分支"), "process", gettext("满足条件走一边，不满足走另一边。")),
        ("stop", gettext("到此为止"), "ban", gettext("后面的步骤都不做。")),
    ]
    return {"rule": rule, "path": path, "is_new": is_new, "actions": actions, "flow": flow}


def _help(action: Action) -> str:
    return gettext("、").join(str(param.label) for param in action.params)


def _read_when(given: QueryDict) -> dict[str, Any]:
    on = given.get("on", "")
    match on:
        case "created" | "changed" | "saved":
            return _read_writing(on, given)
        case "event":
            facts: dict[str, Any] = {}
            for line in given.get("facts", "").splitlines():
                key, sign, value = line.partition("=")
                if sign and key.strip():
                    parts = [part.strip() for part in value.split("|")]
                    facts[key.strip()] = parts if len(parts) > 1 else parts[0]
            return {"on": on, "event": given.get("event", ""), "facts": facts}
        case "time":
            return {
                "on": on,
                "field": given.get("field", ""),
                "direction": given.get("direction", "after"),
                "span": read_span_fields(given, "span") or {},
                "again": given.get("again", "once"),
            }
        case "schedule":
            table: dict[str, Any] = {"on": on, "cron": given.get("cron", "").strip()}
            if field := given.get("table.field", ""):
                table |= {"field": field, "most": read_number(given, "most") or 0}
                if span := read_span_fields(given, "table"):
                    table["span"] = span
            return table
        case "webhook":
            hook: dict[str, Any] = {"on": on, "endpoint": given.get("endpoint", "").strip()}
            places = {key.removeprefix("make."): given.get(key, "").strip() for key in given if key.startswith("make.")}
            if make := {key: place for key, place in places.items() if place}:
                hook |= {"make": make, "match": [key for key in given.getlist("match") if key]}
            return hook
    return {"on": on}


def _read_writing(on: str, given: QueryDict) -> dict[str, Any]:
    when: dict[str, Any] = {"on": on}
    if on != "created":
        when["fields"] = [key for key in given.getlist("fields") if key]
        if besides := [key for key in given.getlist("besides") if key]:
            when["besides"] = besides
    if given.get("people") == "1":
        when["people"] = True
    imports = given.get("imports", "")
    if imports == "no":
        when["imports"] = False
    elif imports.startswith("figure:"):
        when["imports"] = {"figure": imports.removeprefix("figure:")}
    return when


def _imports_of(when: Mapping[str, Any]) -> str:
    imports = when.get("imports", True)
    if isinstance(imports, Mapping):
        return f"figure:{imports.get('figure', '')}"
    return "no" if imports is False else ""


def _import_choices(when: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What may be said of imports; a figure only where the rule follows one already."""
    choices = [("", gettext("也算")), ("no", gettext("不算"))]
    chosen = _imports_of(when)
    known = next((figure for figure in figures() if chosen == f"figure:{figure.key}"), None)
    if known is not None:
        choices.append((chosen, gettext("按参数“%(figure)s”") % {"figure": known.label}))
    return choices


def _read_step(
    kind: str, action: Action | None, given: QueryDict, record_type: RecordType, stored: Mapping[str, Any]
) -> dict[str, Any]:
    if action is not None:
        params = read_controls(action, given, record_type)
        for param in action.params:
            # A secret is never shown again: left empty, it stays.
            if (
                param.kind == "secret"
                and param.key not in params
                and (kept := (stored.get("with") or {}).get(param.key))
            ):
                params[param.key] = kept
        return {"do": action.key, "with": params}
    if kind == "wait":
        return {"do": "wait", "span": read_span_fields(given, "span") or {}}
    if kind == "branch":
        kept = {"then": stored.get("then", []), "else": stored.get("else", [])}
        return {"do": "branch", "if": read_json(given.get("condition", "")), **kept}
    return {"do": "stop"}
