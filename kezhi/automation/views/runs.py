"""How rules run: over all, per rule, what failed and running it again; and per record."""

from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from kezhi.access.actors import Actor
from kezhi.access.policies import require_area
from kezhi.automation.models import Rule, RuleRun, RunState
from kezhi.automation.monitoring import due_for_review, failing_rules, figures_by_rule, overview
from kezhi.automation.month import month_report
from kezhi.automation.operations import run_again
from kezhi.automation.telling_runs import rules_about, tell_runs
from kezhi.core.clock import today
from kezhi.records.operations import InvalidRecord
from kezhi.records.presenting import present
from kezhi.records.registry import type_by_slug
from kezhi.records.views.answers import signed_in
from kezhi.records.views.record import visible_record
from kezhi.ui.toasts import toast

_PAGE = 50


@require_safe
@signed_in
def show_runs(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Runs of all rules or one (``rule``), newest first, by key; ``state`` filters."""
    require_area(actor, "automation", "view")
    rule_text = request.GET.get("rule", "")
    rule = Rule.objects.get(pk=int(rule_text)) if rule_text.isdecimal() else None
    state = request.GET.get("state", "")
    rows = RuleRun.objects.select_related("rule", "version").order_by("-pk")
    if rule is not None:
        rows = rows.filter(rule=rule)
    if state in RunState.values:
        rows = rows.filter(state=state)
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    runs = list(rows[: _PAGE + 1])
    context: dict[str, object] = {
        "rule": rule,
        "state": state,
        "states": [("", gettext("全部")), *RunState.choices],
        "told": tell_runs(runs[:_PAGE], actor),
        "next": runs[_PAGE - 1].pk if len(runs) > _PAGE else None,
        "overview": overview(rule_id=rule.pk if rule else None),
        "may_edit": actor.allows("automation", "edit"),
        "may_see_deliveries": actor.allows("health", "view"),
    }
    if rule is None:
        figures = figures_by_rule()
        busiest = sorted(figures.items(), key=lambda pair: -pair[1].runs)[:10]
        names = Rule.objects.in_bulk([rule_id for rule_id, _figures in busiest])
        context |= {
            "busiest": [(names[rule_id], known) for rule_id, known in busiest if rule_id in names],
            "failing": failing_rules(),
            "unreviewed": due_for_review(),
        }
    return render(request, "automation/runs.html", context)


@require_safe
@signed_in
def show_month(request: HttpRequest, actor: Actor) -> HttpResponse:
    """GET /settings/rules/month/?month=2026-10: the report of a month; the last whole one without."""
    require_area(actor, "automation", "view")
    here = today().replace(day=1)
    first = _month(request.GET.get("month", "")) or (here - timedelta(days=1)).replace(day=1)
    report = month_report(min(first, here))
    context = {
        "report": report,
        # What a program said is for those who look after rules.
        "reasons": report.reasons if actor.allows("automation", "edit") else [],
        "is_running": report.first == here,
        "may_see_deliveries": actor.allows("health", "view"),
        "reviews": due_for_review(),
    }
    return render(request, "automation/month.html", context)


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01") if len(text) == 7 and text[:4] >= "2000" else None
    except ValueError:
        return None


@require_POST
@signed_in
def again(request: HttpRequest, actor: Actor, run_id: int) -> HttpResponse:
    """Run a failed run again, from where it failed."""
    run = RuleRun.objects.select_related("rule").get(pk=run_id)
    try:
        done = run_again(run, actor=actor)
    except InvalidRecord as refused:
        toast(request, str(refused), tone="danger")
    else:
        if done:
            toast(request, gettext("已重新运行，稍后看结果"))
        else:
            toast(request, gettext("这次运行已经不是失败状态"), tone="warning")
    back = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = reverse("automation:runs")
    return HttpResponseRedirect(back)


@require_safe
@signed_in
def of_record(request: HttpRequest, actor: Actor, slug: str, record_id: int) -> HttpResponse:
    """Which rules ran for a record and what they did; which would not, and why. For everybody who sees the record."""
    record_type = type_by_slug(slug)
    if record_type is None:
        raise Rule.DoesNotExist
    record = visible_record(record_type, record_id, actor)
    presented = present(record, actor)
    rows = RuleRun.objects.filter(record_type=record_type.key, record_id=record.pk)
    context = {
        "record_type": record_type,
        "title": presented.title,
        "record_url": presented.url,
        "list_url": f"/{record_type.slug}/",
        "told": tell_runs(list(rows.select_related("rule", "version").order_by("-pk")[:_PAGE]), actor),
        "rules": rules_about(record_type, record.pk, actor),
        "may_view": actor.allows("automation", "view"),
    }
    return render(request, "automation/record.html", context)
