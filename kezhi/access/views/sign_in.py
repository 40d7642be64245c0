"""Signing in, the second factor, signing out."""

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from kezhi.access.callers import caller_of
from kezhi.access.middleware import before_password_change
from kezhi.access.models import User
from kezhi.access.operations.problems import SignInRefused
from kezhi.access.operations.sign_in import check_second_factor, check_sign_in, close_session, open_session


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
        return redirect(_wanted(request))
    if request.method == "GET":
        return _sign_in_page(request, SignInForm())
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _sign_in_page(request, form, status=422)
    try:
        accepted = check_sign_in(
            form.cleaned_data["username"], form.cleaned_data["password"], caller=caller_of(request)
        )
    except SignInRefused as refused:
        form.add_error(None, str(refused.message))
        return _sign_in_page(request, form, status=refused.status)
    if accepted.token:
        return _code_page(request, CodeForm(initial={"token": accepted.token}))
    return _welcome(request, accepted.user)


@login_not_required
@never_cache
@require_POST
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the code that follows the password."""
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _code_page(request, form, status=422)
    try:
        user = check_second_factor(form.cleaned_data["token"], form.cleaned_data["code"], caller=caller_of(request))
    except SignInRefused as refused:
        if refused.status == 410:
            again = SignInForm(initial={"username": ""})
            return _sign_in_page(request, again, status=422, notice=str(refused.message))
        form.add_error("code", str(refused.message))
        return _code_page(request, form, status=refused.status)
    return _welcome(request, user)


@before_password_change
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the present session."""
    if isinstance(request.user, User) or request.user.is_authenticated:
        close_session(request, User.objects.get(pk=request.user.pk))
    return redirect(settings.LOGIN_URL)


def _welcome(request: HttpRequest, user: User) -> HttpResponse:
    wanted = _wanted(request)
    open_session(request, user, caller=caller_of(request))
    response = redirect("access:password" if user.must_change_password else wanted)
    response.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language, max_age=365 * 24 * 3600, samesite="Lax")
    return response


def _wanted(request: HttpRequest) -> str:
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if safe and wanted.startswith("/") else resolve_url(settings.LOGIN_REDIRECT_URL)


def _sign_in_page(request: HttpRequest, form: SignInForm, *, status: int = 200, notice: str = "") -> HttpResponse:
    if not notice and request.GET.get("next") and request.method == "GET":
        notice = _("请先登录，登录后会回到刚才的页面。")
    context = {"form": form, "next": request.POST.get("next") or request.GET.get("next", ""), "notice": notice}
    response = render(request, "access/sign_in.html", context, status=status)
    if status == 429:
        response["Retry-After"] = "5"
    return response


def _code_page(request: HttpRequest, form: CodeForm, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "next": request.POST.get("next", "")}
    return render(request, "access/code.html", context, status=status)
