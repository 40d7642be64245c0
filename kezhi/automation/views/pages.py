"""The list of rules, one rule, its versions, switching and publishing."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext, pgettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kezhi.access.actors import Actor
from kezhi.access.models import Department
from kezhi.access.policies import require_area
from kezhi.automation.checking import check_rule
from kezhi.automation.definition import Definition, read_definition
from kezhi.automation.drafts import draft_lines, problems_in
from kezhi.automation.models import Rule, RuleVersion
from kezhi.automation.monitoring import RuleFigures, figures_by_rule
from kezhi.automation.operations import (
    drop_draft,
    make_rule,
    mark_reviewed,
    publish_rule,
    remove_rule,
    roll_back,
    switch_off,
    switch_on,
)
from kezhi.automation.operations.rules import type_of_rule
from kezhi.automation.problems import DefinitionProblem
from kezhi.automation.sentences import Line, rule_lines
from kezhi.automation.triggers import KINDS
from kezhi.automation.trying import try_rule
from kezhi.core.events import event_kinds
from kezhi.records.operations import InvalidRecord
from kezhi.records.registry import RecordType, find_record_type, record_types
from kezhi.records.views.answers import signed_in
from kezhi.ui.toasts import toast

# What a rule by event is tried on where nobody says otherwise.
_DAYS = 30
_LONGEST = 100


@dataclass(frozen=True, slots=True)
class Row:
    """A rule in the list."""

    rule: Rule
    lines: list[Line]
    broken: str
    figures: RuleFigures


@require_safe
@signed_in
def show_rules(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every rule as a sentence, by the kind of record it is about.

    ``state`` filters (on, off, failing), ``q`` keeps those whose name or sentence holds every word of it.
    """
    require_area(actor, "automation", "view")
    counted = figures_by_rule()
    wanted, typed = request.GET.get("state", ""), request.GET.get("q", "").strip()[:_LONGEST]
    rows = []
    for rule in Rule.objects.filter(deleted_at__isnull=True).select_related("current", "pilot"):
        lines, broken = sentence_of(rule)
        rows.append(Row(rule, lines, broken, counted.get(rule.pk, RuleFigures())))
    counts = {
        "": len(rows),
        "on": sum(row.rule.is_on for row in rows),
        "off": sum(not row.rule.is_on for row in rows),
        "failing": sum(row.figures.is_failing or bool(row.broken) for row in rows),
    }
    words = typed.casefold().split()
    rows = [row for row in rows if _is_wanted(row, wanted) and _says(row, words)]
    groups = [
        (known, [row for row in rows if row.rule.record_type == known.key])
        for known in _by_weight()
        if any(row.rule.record_type == known.key for row in rows)
    ]
    context = {
        "groups": groups,
        "state": wanted,
        "typed": typed,
        "tabs": [
            ("", gettext("全部"), counts[""]),
            ("on", gettext("启用"), counts["on"]),
            ("off", pgettext("state", "停用"), counts["off"]),
            ("failing", gettext("有问题"), counts["failing"]),
        ],
        "may_edit": actor.allows("automation", "edit"),
    }
    return render(request, "automation/rules.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new_rule(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Begin a rule: about what, and when.

    ``record_type``, ``on``, ``field``, ``event`` with a ``fact`` ("form:contact") and ``endpoint`` in the address fill
    the trigger in, ``value`` the condition on the field: a rule begins where the wish for it arises.
    """
    require_area(actor, "automation", "edit")
    given = request.POST if request.method == "POST" else request.GET
    problems: dict[str, object] = {}
    record_type = find_record_type(given.get("record_type", ""))
    if request.method == "POST":
        if record_type is None:
            problems["record_type"] = gettext("请选择对象")
        on = given.get("on", "")
        if on not in KINDS:
            problems["on"] = gettext("请选择什么时候触发")
        if record_type is not None and not problems:
            when: dict[str, object] = {"on": on}
            field, value = given.get("field", ""), given.get("value", "")
            if field:
                when |= {"fields": [field]} if on in ("changed", "saved") else {"field": field}
            if on == "event" and given.get("event", ""):
                name, _colon, fact = given.get("fact", "").partition(":")
                when |= {"event": given["event"], "facts": {name: fact} if name and fact else {}}
            if on == "webhook" and given.get("endpoint", ""):
                when |= {"endpoint": given["endpoint"]}
            holds: dict[str, object] = {}
            if field and value:
                holds = {"all": [{"field": field, "op": "is", "value": [value]}]}
            try:
                rule = make_rule(
                    record_type,
                    name_zh=given.get("name_zh", ""),
                    name_en=given.get("name_en", ""),
                    draft={"when": when, "if": holds, "do": []},
                    actor=actor,
                )
            except InvalidRecord as refused:
                problems |= refused.problems
            else:
                return HttpResponseRedirect(reverse("automation:rule", args=[rule.pk]))
    context = {
        "given": given,
        "problems": problems,
        "types": [(known.key, str(known.label)) for known in _by_weight()],
        "kinds": list(KINDS.items()),
        "begins": _begins(record_type, given),
    }
    return render(request, "automation/rule_new.html", context, status=422 if problems else 200)


def _begins(record_type: RecordType | None, given: QueryDict) -> str:
    """What is filled in, in words."""
    known = record_type.field(given.get("field", "")) if record_type is not None else None
    kind = event_kinds().get(given.get("event", ""))
    if kind is not None:
        return str(kind.label)
    if endpoint := given.get("endpoint", ""):
        return gettext("接收地址“%(name)s”收到消息") % {"name": endpoint}
    if known is None:
        return ""
    if not (value := given.get("value", "")):
        return gettext("%(field)s改变") % {"field": known.label}
    return gettext("%(field)s改为“%(value)s”") % {"field": known.label, "value": known.text(value)}


@require_safe
@signed_in
def show_rule(request: HttpRequest, actor: Actor, rule_id: int) -> HttpResponse:
    """One rule: its sentence to edit, checks, versions, how it runs."""
    require_area(actor, "automation", "view")
    rule = find_rule(rule_id)
    return render(request, "automation/rule.html", rule_context(rule, actor))


def rule_context(rule: Rule, actor: Actor) -> dict[str, object]:
    """What the page of a rule shows."""
    record_type = find_record_type(rule.record_type)
    context: dict[str, object] = {
        "rule": rule,
        "may_edit": actor.allows("automation", "edit"),
        "figures": figures_by_rule(rule_id=rule.pk).get(rule.pk, RuleFigures()),
        "versions": rule.versions.select_related("created_by")[:20],
        "record_type": record_type,
    }
    if record_type is None:
        return context | {"broken": gettext("规则的对象已不存在")}
    source = rule.draft if rule.draft is not None else rule.current.definition if rule.current else {}
    lines = draft_lines(source, record_type)
    context |= {"lines": lines, "problems": problems_in(lines), "next_number": rule.versions.count() + 1}
    try:
        context |= {"findings": check_rule(read_definition(source, record_type), rule.pk)}
    except DefinitionProblem as problem:
        context |= {"problems": problems_in(lines) or [str(problem.message)]}
    return context


@require_POST
@signed_in
def publish(request: HttpRequest, actor: Actor, rule_id: int) -> HttpResponse:
    """Make the draft the version in force."""
    rule = find_rule(rule_id)
    try:
        version = publish_rule(rule, note=request.POST.get("note", ""), actor=actor)
    except (DefinitionProblem, InvalidRecord) as problem:
        toast(request, str(problem), tone="danger")
    else:
        toast(request, gettext("第 %(number)s 版已发布") % {"number": version.number})
    return HttpResponseRedirect(reverse("automation:rule", args=[rule.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def switch(request: HttpRequest, actor: Actor, rule_id: int) -> HttpResponse:
    """Switch a rule on – for everybody or one department – or off, with a reason."""
    require_area(actor, "automation", "edit")
    rule = find_rule(rule_id)
    problems: dict[str, object] = {}
    if request.method == "POST":
        try:
            if request.POST.get("turn") == "off":
                switch_off(rule, reason=request.POST.get("reason", ""), actor=actor)
                toast(request, gettext("“%(name)s”已停用") % {"name": rule.label})
            else:
                pilot = request.POST.get("pilot", "")
                department = Department.objects.get(pk=int(pilot)) if pilot.isdecimal() else None
                switch_on(rule, pilot=department, actor=actor)
                toast(request, gettext("“%(name)s”已启用") % {"name": rule.label})
            return HttpResponseRedirect(reverse("automation:rule", args=[rule.pk]))
        except InvalidRecord as refused:
            problems = dict(refused.problems)
        except DefinitionProblem as problem:
            problems = {"": problem.message}
    context: dict[str, object] = {"rule": rule, "problems": problems, "given": request.POST}
    context["departments"] = Department.objects.order_by("path")
    definition = definition_or_none(rule.current.definition, rule) if rule.current else None
    if definition is not None and not rule.is_on:
        trial = try_rule(definition, actor=actor, rule=rule, days=_DAYS)
        context |= {"trial": trial, "findings": check_rule(definition, rule.pk)}
    return render(request, "automation/rule_switch.html", context, status=422 if problems else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def show_version(request: HttpRequest, actor: Actor, rule_id: int, number: int) -> HttpResponse:
    """An earlier version beside the one in force; POST goes back to it."""
    require_area(actor, "automation", "view")
    rule = find_rule(rule_id)
    version = RuleVersion.objects.select_related("rule").get(rule=rule, number=number)
    if request.method == "POST":
        try:
            fresh = roll_back(rule, version, actor=actor)
        except DefinitionProblem as problem:
            toast(request, str(problem.message), tone="danger")
        else:
            words = {"old": number, "new": fresh.number}
            toast(request, gettext("第 %(old)s 版又生效了，现在是第 %(new)s 版") % words)
        return HttpResponseRedirect(reverse("automation:rule", args=[rule.pk]))
    theirs = _texts(version.definition, rule)
    mine = _texts(rule.current.definition, rule) if rule.current else []
    context = {
        "rule": rule,
        "version": version,
        "lines": [(line, line not in mine) for line in theirs],
        "current": [(line, line not in theirs) for line in mine],
        "may_edit": actor.allows("automation", "edit"),
    }
    return render(request, "automation/rule_version.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def remove(request: HttpRequest, actor: Actor, rule_id: int) -> HttpResponse:
    """Take a rule away, with a reason."""
    require_area(actor, "automation", "edit")
    rule = find_rule(rule_id)
    problems: dict[str, object] = {}
    if request.method == "POST":
        try:
            remove_rule(rule, reason=request.POST.get("reason", ""), actor=actor)
        except InvalidRecord as refused:
            problems = dict(refused.problems)
        else:
            toast(request, gettext("“%(name)s”已删除") % {"name": rule.label})
            return HttpResponseRedirect(reverse("automation:rules"))
    return render(
        request, "automation/rule_remove.html", {"rule": rule, "problems": problems}, status=422 if problems else 200
    )


@require_POST
@signed_in
def copy_rule(request: HttpRequest, actor: Actor, rule_id: int) -> HttpResponse:
    """A new rule that says the same, as a draft."""
    require_area(actor, "automation", "edit")
    rule = find_rule(rule_id)
    source = rule.draft if rule.draft is not None else rule.current.definition if rule.current else {}
    copied = make_rule(
        type_of_rule(rule),
        name_zh=gettext("%(name)s（副本）") % {"name": rule.name_zh},
        draft=source,
        actor=actor,
    )
    return HttpResponseRedirect(reverse("automation:rule", args=[copied.pk]))


@require_POST
@signed_in
def throw_draft_away(request: HttpRequest, actor: Actor, rule_id: int) -> HttpResponse:
    """Forget the draft."""
    rule = find_rule(rule_id)
    drop_draft(rule, actor=actor)
    toast(request, gettext("草稿已放弃"))
    return HttpResponseRedirect(reverse("automation:rule", args=[rule.pk]))


@require_POST
@signed_in
def reviewed(request: HttpRequest, actor: Actor, rule_id: int) -> HttpResponse:
    """Somebody has looked at the rule and it is still right."""
    rule = find_rule(rule_id)
    mark_reviewed(rule, actor=actor)
    toast(request, gettext("已记为复核过"))
    return HttpResponseRedirect(reverse("automation:rule", args=[rule.pk]))


def find_rule(rule_id: int) -> Rule:
    """A rule that was not removed; DoesNotExist for another."""
    rows = Rule.objects.select_related("current", "pilot", "turned_by", "draft_by")
    return rows.get(pk=rule_id, deleted_at__isnull=True)


def sentence_of(rule: Rule) -> tuple[list[Line], str]:
    """The sentence of the version in force (or of the draft), or why it cannot be read."""
    source = rule.current.definition if rule.current else rule.draft
    try:
        return rule_lines(read_definition(source, type_of_rule(rule))), ""
    except DefinitionProblem as problem:
        return [], str(problem.message) if rule.current else ""


def definition_or_none(source: object, rule: Rule) -> Definition | None:
    """A definition where the JSON is one."""
    try:
        return read_definition(source, type_of_rule(rule))
    except DefinitionProblem:
        return None


def _by_weight() -> list[RecordType]:
    """All types, those first on which most others hang: the customer before their tasks."""
    types = record_types()
    return sorted(types, key=lambda known: -sum(known.key in other.parents for other in types))


def _says(row: Row, words: list[str]) -> bool:
    said = " ".join([row.rule.label, *(line.text for line in row.lines)]).casefold() if words else ""
    return all(word in said for word in words)


def _is_wanted(row: Row, state: str) -> bool:
    match state:
        case "on":
            return row.rule.is_on
        case "off":
            return not row.rule.is_on
        case "failing":
            return row.figures.is_failing or bool(row.broken)
    return True


def _texts(source: object, rule: Rule) -> list[str]:
    definition = definition_or_none(source, rule)
    if definition is None:
        return [gettext("（这一版里有已不存在的字段或动作）")]
    return [line.text for line in rule_lines(definition)]
