"""API tokens: one's own, and everybody's for whoever administers them (DATA-3)."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from kezhi.access.actors import Actor
from kezhi.access.policies import require_area
from kezhi.access.settings_sections import register_section
from kezhi.records.api.tokens import make_token, other_scopes, revoke_token
from kezhi.records.models import ApiToken
from kezhi.records.operations import InvalidRecord
from kezhi.records.registry import record_types
from kezhi.records.views.answers import signed_in
from kezhi.ui.toasts import toast

_USUAL = ("view", "create", "edit", "delete")

register_section(
    "tokens",
    gettext_lazy("接口令牌"),
    "link",
    "records:tokens",
    "settings.tokens",
    80,
    group="system",
    help=gettext_lazy("让别的程序在限定的权限内读写数据。"),
)


@require_http_methods(["GET", "POST"])
@signed_in
def tokens(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """GET the tokens and the form for a new one; POST makes it and shows its secret once."""
    require_area(actor, "settings", "tokens")
    if request.method == "GET":
        return _page(request, actor, {})
    days = request.POST.get("days", "")
    try:
        token, secret = make_token(
            request.POST.get("name", ""),
            request.POST.getlist("scopes"),
            int(days) if days.isdecimal() and len(days) < 6 else 0,
            actor=actor,
        )
    except InvalidRecord as error:
        return _page(request, actor, {key: str(text) for key, text in error.problems.items()}, status=422)
    response = _page(request, actor, {}, made=token, secret=secret)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@signed_in
def revocation(request: HttpRequest, actor: Actor, token_id: int) -> HttpResponse:
    """POST /settings/tokens/3/revocation/"""
    require_area(actor, "settings", "tokens")
    found = ApiToken.objects.filter(pk=token_id).first()
    if found is None:
        raise Http404
    revoke_token(found, actor=actor)
    toast(request, _("令牌已吊销"))
    return redirect("records:tokens")


def _page(
    request: HttpRequest,
    actor: Actor,
    problems: dict[str, str],
    *,
    made: ApiToken | None = None,
    secret: str = "",
    status: int = 200,
) -> HttpResponse:
    chosen = set(request.POST.getlist("scopes")) if problems else set()
    groups = [
        {
            "label": known.plural,
            "scopes": [
                {"value": f"{known.key}.{action}", "action": action, "checked": f"{known.key}.{action}" in chosen}
                for action in _USUAL
            ],
        }
        for known in record_types()
    ]
    groups += [
        {
            "label": label,
            "scopes": [
                {"value": f"{subject}.{action}", "action": action, "checked": f"{subject}.{action}" in chosen}
                for action in actions
            ],
        }
        for subject, (label, actions) in other_scopes().items()
    ]
    context = {
        "tokens": ApiToken.objects.filter(revoked_at__isnull=True).select_related("user")[:200],
        "groups": groups,
        "problems": problems,
        "values": request.POST if problems else {"days": "90"},
        "made": made,
        "secret": secret,
    }
    return render(request, "records/tokens/page.html", context, status=status)
