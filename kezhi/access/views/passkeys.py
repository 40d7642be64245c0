"""One's own passkeys: add, name, remove."""

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from kezhi.access.callers import caller_of
from kezhi.access.middleware import before_second_factor
from kezhi.access.models import Passkey
from kezhi.access.operations.passkeys import ADDING, Asked, add_passkey, begin_adding, remove_passkey, rename_passkey
from kezhi.access.operations.problems import Refused
from kezhi.access.places import place_of
from kezhi.access.proof import asks_for_proof, is_proven
from kezhi.access.steps import StepKind, cookie_of, give_cookie
from kezhi.access.views.asking import actor_of, put_problems, user_of
from kezhi.ui.context import Frame
from kezhi.ui.toasts import toast


class PasskeyForm(forms.Form):
    """What a passkey is called, and what the device answered."""

    name = forms.CharField(
        label=gettext_lazy("名称"),
        max_length=60,
        help_text=gettext_lazy("以后靠它认出是哪台设备，例如“办公室电脑”。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    answer = forms.CharField(
        required=False,
        widget=forms.HiddenInput(attrs={"data-passkey-target": "answer", "autocomplete": "off"}),
    )


@before_second_factor
@never_cache
@require_http_methods(["GET", "POST"])
@asks_for_proof
def passkey_new(request: HttpRequest) -> HttpResponse:
    """Add a passkey; the first factor brings the recovery codes."""
    user = user_of(request)
    place = place_of(request)
    form = PasskeyForm(request.POST or None, initial={"name": caller_of(request).device or _("我的设备")})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        key = cookie_of(request, ADDING)
        try:
            codes = add_passkey(user, values["answer"], values["name"], key=key, place=place, ref=actor_of(request).ref)
        except Refused as refused:
            put_problems(form, refused.problems)
        else:
            if codes:
                return render(request, "access/recovery_codes.html", {"codes": codes, "is_new": True})
            toast(request, _("已添加通行密钥。"))
            return redirect("access:me")
    if form.is_bound:  # an answer serves once: the next press asks the device anew
        form.data = {**request.POST.dict(), "answer": ""}
    context = {"form": form, "is_offered": place.takes_passkeys, "host": place.host}
    return render(request, "access/passkey_new.html", context, status=422 if form.errors else 200)


@before_second_factor
@never_cache
@require_POST
def passkey_question(request: HttpRequest) -> HttpResponse:
    """What the browser's script hands to the device."""
    if not is_proven(request):
        return JsonResponse({"problem": _("页面开得太久了，请刷新以后再添加。")}, status=422)
    company = Frame(request).company or _("客至")
    try:
        asked = begin_adding(user_of(request), place=place_of(request), company=company)
    except Refused as refused:
        return JsonResponse({"problem": str(next(iter(refused.problems.values())))}, status=422)
    return question(asked, ADDING)


def question(asked: Asked, kind: StepKind) -> HttpResponse:
    """A question as an answer of ours: options for the script, the key in the cookie."""
    response = JsonResponse(asked.options)
    give_cookie(response, kind, asked.key)
    return response


@require_http_methods(["GET", "POST"])
def passkey_name(request: HttpRequest, pk: int) -> HttpResponse:
    """Call one of one's passkeys something else."""
    passkey = get_object_or_404(Passkey, pk=pk, user=user_of(request))
    form = PasskeyForm(request.POST or None, initial={"name": passkey.name})
    if request.method == "POST" and form.is_valid():
        try:
            rename_passkey(passkey, form.cleaned_data["name"], ref=actor_of(request).ref)
        except Refused as refused:
            put_problems(form, refused.problems)
        else:
            toast(request, _("已改名。"))
            return redirect("access:me")
    context = {"form": form, "passkey": passkey}
    return render(request, "access/passkey_name.html", context, status=422 if form.errors else 200)


@require_POST
def passkey_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget one of one's passkeys."""
    passkey = get_object_or_404(Passkey.objects.select_related("user"), pk=pk, user=user_of(request))
    try:
        remove_passkey(passkey, ref=actor_of(request).ref)
    except Refused as refused:
        toast(request, next(iter(refused.problems.values())), tone="danger")
    else:
        toast(request, _("通行密钥已删除。设备上留下的那一半可以在设备的密码管理里删掉。"))
    return redirect("access:me")
