"""One's own account: preferences, password, second factor, sessions, absence."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kezhi.access.factors import factors_of, lacks_factor, method_words
from kezhi.access.middleware import before_password_change, before_second_factor
from kezhi.access.models import Absence, Session, User
from kezhi.access.operations.absences import mark_away, remove_absence
from kezhi.access.operations.problems import Refused
from kezhi.access.operations.second_factor import (
    renew_recovery_codes,
    turn_off_second_factor,
    turn_on_second_factor,
)
from kezhi.access.operations.sign_in import change_own_password, end_sessions
from kezhi.access.places import place_of
from kezhi.access.proof import asks_for_proof
from kezhi.access.second_factor import app_address, new_secret, qr_drawing, recovery_codes_left
from kezhi.access.sessions import handle_of
from kezhi.access.single_sign_on import configured_provider
from kezhi.access.views.asking import actor_of, put_problems, user_of
from kezhi.core.clock import now, today
from kezhi.ui.context import Frame
from kezhi.ui.toasts import toast

_SECRET_KEY = "_second_factor_secret"  # noqa: S105 - where the session keeps it until it is confirmed


class PasswordForm(forms.Form):
    """The present password and the new one, twice."""

    old = forms.CharField(
        label=gettext_lazy("现在的密码"),
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=gettext_lazy("新密码"),
        strip=False,
        max_length=1000,
        help_text=gettext_lazy("至少 10 个字符；一句只有自己知道的话，比一串符号更安全也更好记。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=gettext_lazy("再输一遍新密码"),
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, object]:
        values = super().clean() or {}
        if values.get("new") and values.get("again") and values["new"] != values["again"]:
            self.add_error("again", _("两次输入的新密码不一样。"))
        return values


class ConfirmForm(forms.Form):
    """The code that proves that the app is set up."""

    code = forms.CharField(
        label=gettext_lazy("验证器显示的 6 位数字"),
        max_length=10,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "input--code"}),
    )


class AbsenceForm(forms.Form):
    """From when to when, and who stands in."""

    first_day = forms.DateField(
        label=gettext_lazy("首日"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last_day = forms.DateField(
        label=gettext_lazy("末日"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    stand_in = forms.ModelChoiceField(
        label=gettext_lazy("替班人"),
        queryset=User.objects.none(),
        empty_label=gettext_lazy("请选择"),
        help_text=gettext_lazy("这几天里，新的分配、提醒和待办会到替班人那里，替班人也看得到相应的客户。"),
    )
    reason = forms.CharField(label=gettext_lazy("原因"), max_length=200, required=False)

    def __init__(self, user: User, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        field = self.fields["stand_in"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = User.objects.filter(is_active=True).exclude(pk=user.pk).order_by("name")


@require_GET
def me(request: HttpRequest) -> HttpResponse:
    """The account at a glance."""
    user, place, provider = user_of(request), place_of(request), configured_provider()
    sessions = Session.objects.filter(user=user, expire_date__gt=now()).order_by("-seen_at")
    rows = [
        {
            "row": row,
            "method": method_words(row.method),
            "handle": handle_of(row.session_key),
            "here": row.session_key == request.session.session_key,
        }
        for row in sessions
    ]
    context = {
        "person": User.objects.select_related("department", "position", "manager").get(pk=user.pk),
        "roles": user.roles.all(),
        "sessions": rows,
        "absences": user.absences.select_related("stand_in").filter(last_day__gte=today()).order_by("first_day"),
        "absence_form": AbsenceForm(user),
        "factors": factors_of(user.pk),
        "passkeys": user.passkeys.all(),
        "takes_passkeys": place.takes_passkeys,
        "host": place.host,
        "sso_name": provider.name if provider is not None else "",
        "identity": user.identities.first(),
        "codes_left": recovery_codes_left(user.pk),
    }
    return render(request, "access/me.html", context)


@before_password_change
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password."""
    user = user_of(request)
    form = PasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            change_own_password(user, values["old"], values["new"], ref=actor_of(request).ref, session=request.session)
        except Refused as refused:
            put_problems(form, refused.problems)
        else:
            toast(request, _("密码已修改，其他设备上的登录都已结束。"))
            return redirect("access:me")
    context = {"form": form, "must": user.must_change_password}
    return render(request, "access/password.html", context, status=422 if form.errors else 200)


@before_second_factor
@require_GET
def second_factor_wanted(request: HttpRequest) -> HttpResponse:
    """Where somebody is led who must set a second factor up before going on."""
    if not lacks_factor(actor_of(request)):
        return redirect("access:me")
    return render(request, "access/second_factor_wanted.html", {"takes_passkeys": place_of(request).takes_passkeys})


@before_second_factor
@never_cache
@require_http_methods(["GET", "POST"])
@asks_for_proof
def second_factor(request: HttpRequest) -> HttpResponse:
    """Set up an authenticator: scan, type the code, keep the recovery codes."""
    user = user_of(request)
    if factors_of(user.pk).authenticator:
        return redirect("access:me")
    secret = request.session.get(_SECRET_KEY) or new_secret()
    request.session[_SECRET_KEY] = secret
    form = ConfirmForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            codes = turn_on_second_factor(user, secret, form.cleaned_data["code"], ref=actor_of(request).ref)
        except Refused as refused:
            put_problems(form, refused.problems)
        else:
            del request.session[_SECRET_KEY]
            if not codes:
                toast(request, _("验证器已开启，原来的恢复码仍然有效。"))
                return redirect("access:me")
            return render(request, "access/recovery_codes.html", {"codes": codes, "is_new": True})
    issuer = Frame(request).company or "Kezhi"
    context = {
        "form": form,
        "secret": " ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        "drawing": qr_drawing(app_address(user, secret, issuer)),
    }
    return render(request, "access/second_factor.html", context, status=422 if form.errors else 200)


@require_POST
def second_factor_off(request: HttpRequest) -> HttpResponse:
    """Turn the authenticator off."""
    try:
        turn_off_second_factor(user_of(request), ref=actor_of(request).ref)
    except Refused as refused:
        toast(request, next(iter(refused.problems.values())), tone="danger")
    else:
        toast(request, _("验证器已关闭。"))
    return redirect("access:me")


@never_cache
@require_POST
def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Make new recovery codes."""
    try:
        codes = renew_recovery_codes(user_of(request), ref=actor_of(request).ref)
    except Refused as refused:
        toast(request, next(iter(refused.problems.values())), tone="danger")
        return redirect("access:me")
    return render(request, "access/recovery_codes.html", {"codes": codes, "is_new": False})


@require_POST
def end_session(request: HttpRequest, handle: str) -> HttpResponse:
    """End one of one's sessions on another device."""
    try:
        end_sessions(user_of(request), ref=actor_of(request).ref, handle=handle)
    except Refused as refused:
        toast(request, next(iter(refused.problems.values())), tone="info")
    else:
        toast(request, _("那台设备上的登录已结束。"))
    return redirect("access:me")


@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere but here."""
    ended = end_sessions(user_of(request), ref=actor_of(request).ref, but=request.session.session_key)
    toast(request, _("已结束其他 %(count)s 处登录。") % {"count": ended})
    return redirect("access:me")


@require_POST
def add_absence(request: HttpRequest) -> HttpResponse:
    """Mark oneself away."""
    return save_absence(request, user_of(request), reverse("access:me"), "access/me_absence.html", {})


@require_POST
def end_absence(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one of one's own absences back."""
    user = user_of(request)
    remove_absence(get_object_or_404(Absence, pk=pk, user=user), actor=actor_of(request))
    toast(request, _("已取消休假与替班。"))
    return redirect("access:me")


def save_absence(
    request: HttpRequest, user: User, back: str, template: str, context: dict[str, object]
) -> HttpResponse:
    """Mark ``user`` away from the posted form, and go back; wrong input is shown in ``template``."""
    form = AbsenceForm(user, request.POST)
    if form.is_valid():
        values = form.cleaned_data
        try:
            mark_away(
                user,
                values["stand_in"],
                values["first_day"],
                values["last_day"],
                actor=actor_of(request),
                reason=values["reason"],
            )
        except Refused as refused:
            put_problems(form, refused.problems)
        else:
            toast(request, _("已登记，%(name)s 届时替班。") % {"name": values["stand_in"].name})
            return redirect(back)
    return render(request, template, {"person": user, "absence_form": form, **context}, status=422)
