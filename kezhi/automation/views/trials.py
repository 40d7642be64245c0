"""Trying rules: over the last days, over everything, over records somebody chose (AUTO-3)."""

import re

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, pgettext
from django.views.decorators.http import require_safe

from kezhi.access.actors import Actor
from kezhi.access.policies import require_area
from kezhi.automation.definition import Definition, read_definition
from kezhi.automation.models import Rule
from kezhi.automation.operations.rules import type_of_rule
from kezhi.automation.problems import DefinitionProblem
from kezhi.automation.trying import compare_reach, try_rule
from kezhi.automation.views.pages import definition_or_none, find_rule
from kezhi.core.figures import integer_figure
from kezhi.records.listing.bulk import read_selection
from kezhi.records.listing.state import read_state
from kezhi.records.registry import RecordType, type_by_slug
from kezhi.records.views.answers import signed_in
from kezhi.records.views.chrome import hidden_state

# What a rule by event is tried on where nobody says otherwise.
DAYS = 30
_MOST_NAMED = 50
_MOST_CHOSEN = 5000


@require_safe
@signed_in
def try_out(request: HttpRequest, actor: Actor, rule_id: int) -> HttpResponse:
    """The dry run, shown in its place on the page; ``records`` names some by number or name."""
    require_area(actor, "automation", "view")
    rule = find_rule(rule_id)
    context: dict[str, object] = {"rule": rule}
    try:
        definition = read_definition(_source(rule), type_of_rule(rule))
    except DefinitionProblem as problem:
        return render(request, "automation/_trial.html", context | {"problem": problem.message})
    wanted, named = request.GET.get("days", ""), request.GET.get("records", "").strip()
    ids = _named(named, definition.record_type, actor) if named else None
    if ids is not None and not ids:
        return render(request, "automation/_trial.html", context | {"problem": gettext("没有找到您看得到的这些记录。")})
    days = int(wanted) if wanted.isdecimal() and 0 < int(wanted) < 1000 else DAYS
    trial = try_rule(
        definition,
        actor=actor,
        rule=rule,
        ids=ids,
        days=None if wanted == "all" or ids is not None else days,
        pilot_id=rule.pilot_id,
    )
    before = None
    if rule.draft is not None and rule.current is not None:
        current = definition_or_none(rule.current.definition, rule)
        if current is not None:
            before = try_rule(current, actor=actor, rule=rule, ids=ids, days=trial.days, pilot_id=rule.pilot_id)
    context |= {
        "trial": trial,
        "compared": compare_reach(before, trial),
        "is_event": bool(definition.trigger.event_kinds),
        "days": days,
        "record_type": definition.record_type,
    }
    return render(request, "automation/_trial.html", context)


@require_safe
@signed_in
def try_chosen(request: HttpRequest, actor: Actor, slug: str) -> HttpResponse:
    """GET /customers/rules/try/?ids=…: choose a rule, drafts too, and see what it would do to the chosen records."""
    require_area(actor, "automation", "view")
    record_type = type_by_slug(slug)
    if record_type is None:
        raise Rule.DoesNotExist
    require_area(actor, record_type.key, "view")
    state = read_state(record_type, actor, request.GET)
    selection = read_selection(state, request.GET)
    most = min(integer_figure("lists.bulk_most"), _MOST_CHOSEN)
    total = selection.count()
    rules = Rule.objects.filter(record_type=record_type.key, deleted_at__isnull=True).select_related("current", "pilot")
    context: dict[str, object] = {
        "record_type": record_type,
        "total": total,
        "most": most,
        "is_too_many": total > most,
        "rules": [(rule, _state(rule)) for rule in rules],
        "hidden": [*hidden_state(state), *(("ids", pk) for pk in selection.ids if not selection.is_everything)],
        "everything": "1" if selection.is_everything else "",
        "here": request.path,
        "back_url": state.url(),
    }
    chosen = request.GET.get("rule", "")
    if chosen.isdecimal() and 0 < total <= most:
        rule = find_rule(int(chosen))
        context["chosen"] = rule.pk
        try:
            definition = _definition_about(rule, record_type)
            ids = selection.resolve("view")
            context["trial"] = try_rule(definition, actor=actor, rule=rule, ids=ids, pilot_id=rule.pilot_id)
        except DefinitionProblem as problem:
            context["problem"] = problem.message
    return render(request, "automation/try_chosen.html", context)


def _source(rule: Rule) -> object:
    return rule.draft if rule.draft is not None else rule.current.definition if rule.current else {}


def _definition_about(rule: Rule, record_type: RecordType) -> Definition:
    if rule.record_type != record_type.key:
        raise DefinitionProblem(gettext("这条规则不管这类记录"))
    return read_definition(_source(rule), record_type)


def _state(rule: Rule) -> str:
    if rule.draft is not None:
        return gettext("草稿")
    return gettext("启用") if rule.is_on else pgettext("state", "停用")


def _named(text: str, record_type: RecordType, actor: Actor) -> list[int]:
    """Ids of the records named by number or full name, as far as the actor sees them."""
    names = [name for part in re.split(r"[,，;；、\n]", text) if (name := part.strip())][:_MOST_NAMED]
    title = record_type.field(record_type.title_field)
    where = Q(number__in=names)
    if title is not None and title.custom_id is None and not title.personal:
        where |= Q(**{f"{title.attribute}__in": names})
    rows = record_type.model.objects.visible_to(actor).filter(where).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:_MOST_NAMED])
