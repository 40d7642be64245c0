"""Settings of quotes: the letterhead and the rates of currencies (SAL-4)."""

from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from kezhi.access.actors import Actor
from kezhi.access.policies import require_area
from kezhi.core.clock import today
from kezhi.records.operations import InvalidRecord
from kezhi.records.views.answers import signed_in
from kezhi.sales.currencies import CURRENCIES, currency_name
from kezhi.sales.letterhead import LARGEST_LOGO, TEXTS, letterhead, save_letterhead
from kezhi.sales.models import CurrencyRate
from kezhi.sales.operations.prices import set_rate
from kezhi.ui.toasts import toast

_LABELS = {
    "name_zh": gettext_lazy("公司全称"),
    "name_en": gettext_lazy("公司全称（英文）"),
    "address_zh": gettext_lazy("地址"),
    "address_en": gettext_lazy("地址（英文）"),
    "phone": pgettext_lazy("number", "电话"),
    "email": gettext_lazy("邮箱"),
    "website": gettext_lazy("网址"),
    "tax_number": gettext_lazy("税号"),
    "bank_zh": gettext_lazy("开户银行"),
    "bank_en": gettext_lazy("开户银行（英文）"),
    "bank_account": gettext_lazy("银行账号"),
    "terms_zh": gettext_lazy("通用条款"),
    "terms_en": gettext_lazy("通用条款（英文）"),
}


@require_http_methods(["GET", "POST"])
@signed_in
def company(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """GET/POST the letterhead."""
    require_area(actor, "settings", "figures")
    row = letterhead()
    values = {key: str(getattr(row, key)) for key in TEXTS}
    problem = ""
    if request.method == "POST":
        values = {key: request.POST.get(key, "") for key in TEXTS}
        upload = request.FILES.get("logo")
        picture = upload.read(LARGEST_LOGO + 1) if upload is not None else None
        try:
            save_letterhead(values, actor=actor, logo=picture, drop_logo=request.POST.get("drop_logo") == "on")
        except ValidationError as refused:
            problem = refused.messages[0]
        else:
            toast(request, _("信头已保存"))
            return redirect(request.path)
    fields = [(key, label, values[key], key.startswith("terms")) for key, label in _LABELS.items()]
    context = {"fields": fields, "has_logo": bool(row.logo), "problem": problem}
    return render(request, "sales/quotes/letterhead.html", context, status=422 if problem else 200)


@require_GET
@signed_in
def logo(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """GET the picture as stored; its kind was checked when it came."""
    require_area(actor, "settings", "figures")
    row = letterhead()
    if not row.logo:
        raise Http404
    kind = "image/png" if row.logo_kind == "png" else "image/jpeg"
    return HttpResponse(bytes(row.logo), content_type=kind, headers={"Cache-Control": "private, no-cache"})


@require_http_methods(["GET", "POST"])
@signed_in
def rates(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """GET the rates, POST a further one."""
    require_area(actor, "settings", "figures")
    typed = {"currency": "", "rate": "", "valid_from": today().isoformat()}
    problems: dict[str, str] = {}
    if request.method == "POST":
        typed = {key: request.POST.get(key, "")[:40] for key in typed}
        try:
            set_rate(typed["currency"], typed["rate"], typed["valid_from"], actor=actor)
        except InvalidRecord as refused:
            problems = {key: str(text) for key, text in refused.problems.items()}
        else:
            toast(request, _("汇率已保存"))
            return redirect(request.path)
    language = "en" if request.LANGUAGE_CODE == "en" else "zh"
    shown = [(row, currency_name(row.currency, language)) for row in CurrencyRate.objects.all()[:200]]
    choices = [(code, currency_name(code, language)) for code, _zh, _en in CURRENCIES if code != "CNY"]
    context = {"rates": shown, "choices": choices, "typed": typed, "problems": problems}
    return render(request, "sales/quotes/rates.html", context, status=422 if problems else 200)
