"""Signing in, the second factor, signing out."""

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from kezhi.access.callers import caller_of
from kezhi.access.factors import factors_of
from kezhi.access.middleware import before_password_change, before_second_factor
from kezhi.access.models import User
from kezhi.access.operations.passkeys import USING, begin_using, check_passkey
from kezhi.access.operations.problems import Refused, SignInRefused
from kezhi.access.operations.setting_up import needs_set_up
from kezhi.access.operations.sign_in import (
    Accepted,
    check_second_factor,
    check_sign_in,
    close_session,
    half_accepted,
    open_session,
)
from kezhi.access.places import place_of
from kezhi.access.single_sign_on import configured_provider
from kezhi.access.steps import cookie_of
from kezhi.access.views.passkeys import question


class SignInForm(forms.Form):
    """A name and a password."""

    username = forms.CharField(
        label=gettext_lazy("登录名"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )
    password = forms.CharField(
        label=gettext_lazy("密码"),
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class CodeForm(forms.Form):
    """The code of an authenticator, or a recovery code."""

    code = forms.CharField(
        label=gettext_lazy("验证码"),
        max_length=20,
        help_text=gettext_lazy("验证器应用里的 6 位数字；手机不在身边时，填一个恢复码。"),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True, "class": "input--code"}),
    )
    token = forms.CharField(widget=forms.HiddenInput, max_length=500)


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for name and password; go on to the code or to the page that was wanted."""
    if getattr(request, "actor", None) is not None:
        return redirect(wanted_page(request))
    if request.method == "GET":
        return redirect("access:set_up") if needs_set_up() else sign_in_page(request, SignInForm())
    form = SignInForm(request.POST)
    if not form.is_valid():
        return sign_in_page(request, form, status=422)
    try:
        accepted = check_sign_in(
            form.cleaned_data["username"], form.cleaned_data["password"], caller=caller_of(request)
        )
    except SignInRefused as refused:
        form.add_error(None, str(refused.message))
        return sign_in_page(request, form, status=refused.status)
    return go_on(request, accepted, wanted_page(request))


@login_not_required
@never_cache
@require_POST
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the code that follows the password."""
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _code_page(request, form, status=422)
    try:
        accepted = check_second_factor(form.cleaned_data["token"], form.cleaned_data["code"], caller=caller_of(request))
    except SignInRefused as refused:
        if refused.status == 410:
            return sign_in_page(request, SignInForm(), status=422, notice=str(refused.message))
        form.add_error("code", str(refused.message))
        return _code_page(request, form, status=refused.status)
    return go_on(request, accepted, wanted_page(request))


@login_not_required
@never_cache
@require_POST
def passkey_question(request: HttpRequest) -> HttpResponse:
    """What the browser's script hands to the device, at the start or as the second step."""
    try:
        asked = begin_using(token=_token(request), place=place_of(request), caller=caller_of(request))
    except SignInRefused as refused:
        return JsonResponse({"problem": str(refused.message)}, status=422 if refused.status == 410 else refused.status)
    except Refused as refused:
        return JsonResponse({"problem": str(next(iter(refused.problems.values())))}, status=422)
    return question(asked, USING)


@login_not_required
@never_cache
@require_POST
def passkey(request: HttpRequest) -> HttpResponse:
    """Sign in with what the device answered, alone or as the second step."""
    token = _token(request)
    try:
        accepted = check_passkey(
            request.POST.get("answer", ""),
            token=token,
            key=cookie_of(request, USING),
            place=place_of(request),
            caller=caller_of(request),
        )
    except SignInRefused as refused:
        if token and refused.status != 410:
            return _code_page(
                request, CodeForm(initial={"token": token}), status=refused.status, problem=str(refused.message)
            )
        form = SignInForm()
        status = 422 if refused.status == 410 else refused.status
        return sign_in_page(request, form, status=status, problem=str(refused.message))
    return go_on(request, accepted, wanted_page(request))


@before_password_change
@before_second_factor
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the present session."""
    if isinstance(request.user, User) or request.user.is_authenticated:
        close_session(request, User.objects.get(pk=request.user.pk))
    return redirect(settings.LOGIN_URL)


def go_on(request: HttpRequest, accepted: Accepted, wanted: str) -> HttpResponse:
    """To the second step when one is asked for, else in."""
    if accepted.token:
        return _code_page(request, CodeForm(initial={"token": accepted.token}), wanted=wanted)
    user = accepted.user
    open_session(request, accepted, caller=caller_of(request))
    must_change = user.must_change_password and not accepted.method.startswith("sso")
    response = redirect("access:password" if must_change else wanted)
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language, max_age=365 * 24 * 3600, samesite="Lax")
    return response


def wanted_page(request: HttpRequest) -> str:
    """Where to go after signing in: a page of ours, whatever the address asks for."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe and wanted.startswith("/") else resolve_url(settings.LOGIN_REDIRECT_URL)


def sign_in_page(
    request: HttpRequest, form: SignInForm, *, status: int = 200, notice: str = "", problem: str = ""
) -> HttpResponse:
    """The page that asks for name and password, and offers the other ways in."""
    if not notice and request.GET.get("next") and request.method == "GET":
        notice = _("请先登录，登录后会回到刚才的页面。")
    provider = configured_provider()
    context = {
        "form": form,
        "next": request.POST.get("next") or request.GET.get("next", ""),
        "notice": notice,
        "problem": problem,
        "takes_passkeys": place_of(request).takes_passkeys,
        "sso_name": provider.name if provider is not None else "",
    }
    response = render(request, "access/sign_in.html", context, status=status)
    if status == 429:
        response["Retry-After"] = "5"
    return response


def _code_page(
    request: HttpRequest, form: CodeForm, *, status: int = 200, wanted: str = "", problem: str = ""
) -> HttpResponse:
    place = place_of(request)
    token = str(form["token"].value() or "")
    try:
        user_id = half_accepted(token).user.pk
    except SignInRefused as refused:
        return sign_in_page(request, SignInForm(), status=422, notice=str(refused.message))
    factors = factors_of(user_id)
    if not factors.authenticator:
        field = form.fields["code"]
        field.label, field.help_text = _("恢复码"), _("带着通行密钥的设备不在身边时，填一个恢复码。")
        field.widget.attrs.pop("autofocus", None)
    context = {
        "form": form,
        "next": wanted or request.POST.get("next", ""),
        "problem": problem,
        "token": token,
        "takes_passkeys": bool(factors.passkeys) and place.takes_passkeys,
    }
    return render(request, "access/code.html", context, status=status)


def _token(request: HttpRequest) -> str:
    return request.POST.get("token", "")[:500]
