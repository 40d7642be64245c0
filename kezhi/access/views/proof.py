"""Proving once more who one is, before something that opens the account is changed."""

from django import forms
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from kezhi.access.callers import caller_of
from kezhi.access.factors import factors_of
from kezhi.access.middleware import before_second_factor
from kezhi.access.operations.passkeys import USING, begin_proving, prove_by_passkey
from kezhi.access.operations.problems import Refused, SignInRefused
from kezhi.access.operations.sign_in import prove_by_password
from kezhi.access.places import place_of
from kezhi.access.proof import is_proven, note_proof
from kezhi.access.steps import cookie_of
from kezhi.access.views.asking import user_of
from kezhi.access.views.passkeys import question
from kezhi.access.views.sign_in import wanted_page


class ProofForm(forms.Form):
    """The password once more."""

    password = forms.CharField(
        label=gettext_lazy("密码"),
        strip=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True}),
    )


@before_second_factor
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def proof(request: HttpRequest) -> HttpResponse:
    """Ask for the password or a passkey, and go on to the page that needs it."""
    user = user_of(request)
    wanted = wanted_page(request)
    if request.method == "GET" and is_proven(request):
        return redirect(wanted)
    form, problem, status = ProofForm(), "", 200
    if request.method == "POST":
        answer = request.POST.get("answer", "")
        form = ProofForm(None if answer else request.POST)
        try:
            if answer:
                place, key = place_of(request), cookie_of(request, USING)
                prove_by_passkey(user, answer, key=key, place=place, caller=caller_of(request))
            elif form.is_valid():
                prove_by_password(user, form.cleaned_data["password"], caller=caller_of(request))
        except SignInRefused as refused:
            status = 422 if refused.status == 410 else refused.status
            problem = str(refused.message)
        else:
            if answer or form.is_valid():
                note_proof(request)
                return redirect(wanted)
            status = 422
    place = place_of(request)
    context = {
        "form": form,
        "problem": problem,
        "next": wanted,
        "has_password": user.has_usable_password(),
        "takes_passkeys": place.takes_passkeys and bool(factors_of(user.pk).passkeys),
    }
    return render(request, "access/proof.html", context, status=status)


@before_second_factor
@never_cache
@require_POST
def proof_question(request: HttpRequest) -> HttpResponse:
    """What the browser's script hands to the device."""
    try:
        asked = begin_proving(user_of(request), place=place_of(request), caller=caller_of(request))
    except SignInRefused as refused:
        return JsonResponse({"problem": str(refused.message)}, status=refused.status)
    except Refused as refused:
        return JsonResponse({"problem": str(next(iter(refused.problems.values()), _("请再试一次。")))}, status=422)
    return question(asked, USING)
