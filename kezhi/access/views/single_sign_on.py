"""Single sign-on: to the provider and back, and linking one's own account."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from kezhi.access.callers import caller_of
from kezhi.access.models import User
from kezhi.access.operations.problems import SignInRefused
from kezhi.access.operations.single_sign_on import AWAY, Answer, Departure, arrive, leave, unlink, unlink_for
from kezhi.access.places import place_of
from kezhi.access.single_sign_on import Provider, configured_provider
from kezhi.access.steps import cookie_of, give_cookie
from kezhi.access.views.asking import actor_of, asked, user_of
from kezhi.access.views.sign_in import SignInForm, go_on, sign_in_page, wanted_page
from kezhi.ui.toasts import toast


@login_not_required
@never_cache
@require_GET
def sso(request: HttpRequest) -> HttpResponse:
    """To the provider."""
    provider = _provider()
    wanted = wanted_page(request)
    if getattr(request, "actor", None) is not None:
        return redirect(wanted)
    try:
        departure = leave(provider, place=place_of(request), wanted=wanted, caller=caller_of(request))
    except SignInRefused as refused:
        return sign_in_page(request, SignInForm(), status=refused.status, problem=str(refused.message))
    return _sent(redirect(departure.address), departure)


@login_not_required
@never_cache
@require_GET
def sso_back(request: HttpRequest) -> HttpResponse:
    """Back from the provider."""
    provider = _provider()
    answer = Answer(
        state=asked(request, "state", 200),
        code=asked(request, "code", 4000),
        error=asked(request, "error", 200),
        issuer=asked(request, "iss", 400),
    )
    actor = getattr(request, "actor", None)
    signed_in = User.objects.filter(pk=actor.user_id).first() if actor is not None else None
    try:
        arrival = arrive(provider, answer, key=cookie_of(request, AWAY), caller=caller_of(request), signed_in=signed_in)
    except SignInRefused as refused:
        if signed_in is not None:
            toast(request, str(refused.message), tone="danger")
            return redirect("access:me")
        return sign_in_page(request, SignInForm(), status=refused.status, problem=str(refused.message))
    if arrival.accepted is None:
        toast(request, _("已关联 %(account)s。") % {"account": str(arrival.linked)})
        return redirect("access:me")
    response = go_on(request, arrival.accepted, arrival.wanted)
    response.delete_cookie(AWAY.cookie)
    return response


@never_cache
@require_POST
def sso_link(request: HttpRequest) -> HttpResponse:
    """To the provider to link one's own account; by a page between, since forms may be sent to ourselves only."""
    provider = _provider()
    try:
        departure = leave(
            provider, place=place_of(request), wanted="/me/", caller=caller_of(request), link_to=user_of(request)
        )
    except SignInRefused as refused:
        toast(request, str(refused.message), tone="danger")
        return redirect("access:me")
    context = {"address": departure.address, "sso_name": provider.name}
    return _sent(render(request, "access/sso_leaving.html", context), departure)


@require_POST
def sso_removal(request: HttpRequest) -> HttpResponse:
    """Forget one's own account at the provider."""
    unlink(user_of(request), ref=actor_of(request).ref)
    toast(request, _("已解除关联。"))
    return redirect("access:me")


@require_POST
def user_sso_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget somebody else's account at the provider."""
    unlink_for(get_object_or_404(User, pk=pk), actor=actor_of(request))
    toast(request, _("已解除关联。"))
    return redirect("access:user", pk=pk)


def _provider() -> Provider:
    provider = configured_provider()
    if provider is None:
        raise Http404
    return provider


def _sent(response: HttpResponse, departure: Departure) -> HttpResponse:
    give_cookie(response, AWAY, departure.key)
    return response
