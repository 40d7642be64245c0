"""How the installation is doing: in words for the administrator, as one word for whoever watches it from outside."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kezhi.access.policies import require_area
from kezhi.access.views.asking import actor_of
from kezhi.core.health import HealthState, health, worst

_TONES = {HealthState.OK: "kept", HealthState.WARNING: "today", HealthState.BAD: "overdue"}


@require_GET
def health_page(request: HttpRequest) -> HttpResponse:
    """GET /settings/health/: each check with its sentence, the worst first."""
    require_area(actor_of(request), "health", "view")
    findings = [(finding, _TONES[finding.state]) for finding in health()]
    return render(request, "access/health.html", {"findings": findings})


@require_GET
def health_answer(request: HttpRequest) -> JsonResponse:
    """GET /health/: 200 while the installation works, 503 when something is wrong. Tells outsiders nothing more."""
    state = worst(health())
    status = 503 if state is HealthState.BAD else 200
    return JsonResponse({"state": state.value}, status=status, headers={"Cache-Control": "no-store"})
