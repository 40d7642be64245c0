"""The public side of entry pages, ``/f/<token>/``: no sign-in, no cookie, limits before anything is read or written."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from kezhi.access.callers import caller_of
from kezhi.access.throttling import Throttle
from kezhi.core.clock import now
from kezhi.core.figures import integer_figure
from kezhi.core.values.phone import parse_phone
from kezhi.core.values.problem import ValueProblem
from kezhi.records.operations import InvalidRecord
from kezhi.sales.entry_forms import (
    HONEYPOT,
    WORK_BITS,
    PageToken,
    controls_of,
    find_form,
    is_worked,
    new_token,
    read_language,
    read_token,
    short_language,
)
from kezhi.sales.models import EntryForm
from kezhi.sales.operations.entry_forms import Submission, receive_submission

# Kept in the process: a flood costs a look into a dictionary and no query.
POSTS_OF_ADDRESS = Throttle()
POSTS_OF_FORM = Throttle(largest=1_000)
CHECKS_OF_ADDRESS = Throttle()
_CHECKS_PER_MINUTE = 120
_SWITCHES = (("zh", "中文"), ("en", "English"))  # zh-data


@never_cache
@csrf_exempt  # no session stands behind it, and embedded pages get no cookie: the page's signed token takes its place
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def entry_page(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows the page, POST takes what was entered; ``?lang=en`` the language, ``?embed=1`` suits frames."""
    form = find_form(token)
    if form is None:
        raise Http404
    if request.method == "POST" and not _may_post(request, form):
        with translation.override(_language(request)):
            return _flooded(form)
    with translation.override(_language(request)):
        if request.method == "POST":
            return _take(request, form)
        if request.GET.get("done") == "1":
            return _answer(form, "sales/leads/public_done.html", _frame(request, form))
        return _show(request, form, new_token(form.pk))


@never_cache
@login_not_required
@require_safe
def check_phone(request: HttpRequest, token: str) -> HttpResponse:
    """GET /f/<token>/phone/?value=138…: whether it can be a phone number. Says nothing about anybody."""
    if find_form(token) is None:
        raise Http404
    if not CHECKS_OF_ADDRESS.take(caller_of(request).address, amount=_CHECKS_PER_MINUTE, seconds=60):
        return JsonResponse({"problem": ""}, status=429)
    problem = ""
    with translation.override(_language(request)):
        try:
            parse_phone(request.GET.get("value", "")[:40])
        except ValueProblem as refused:
            problem = str(refused.message)
    return JsonResponse({"problem": problem})


def _may_post(request: HttpRequest, form: EntryForm) -> bool:
    address = caller_of(request).address
    per_address = integer_figure("sales.form_per_address")
    if not POSTS_OF_ADDRESS.take(f"{form.pk}:{address}", amount=per_address, seconds=60):
        return False
    return POSTS_OF_FORM.take(str(form.pk), amount=integer_figure("sales.form_per_minute"), seconds=60)


def _take(request: HttpRequest, form: EntryForm) -> HttpResponse:
    values = _typed(request, form)
    if request.POST.get(HONEYPOT):
        return _done(request, form)  # a robot is told what a person is told
    signed = request.POST.get("token", "")
    token = read_token(signed, form.pk)
    if token is None:
        fresh = new_token(form.pk)
        problems = {"": gettext("页面打开太久了，请再点一次提交；填写的内容都还在。")}
        return _show(request, form, fresh, values, problems, status=422)
    has_waited = token.age.total_seconds() >= integer_figure("sales.form_wait_seconds")
    if not has_waited or not (token.is_second or is_worked(signed, request.POST.get("work", ""))):
        return _show_again(request, form, token, values)
    try:
        receive_submission(
            form,
            Submission(
                values,
                token.nonce,
                consented=request.POST.get("consent") == "1",
                host=(urlsplit(request.headers.get("Referer", "")).hostname or "")[:120],
            ),
        )
    except InvalidRecord as refused:
        fresh = PageToken(form.pk, token.nonce, token.drawn_at, token.is_second)
        problems = {key: str(sentence) for key, sentence in refused.problems.items()}
        return _show(request, form, fresh, values, problems, status=422)
    return _done(request, form)


def _show_again(request: HttpRequest, form: EntryForm, token: PageToken, values: Mapping[str, str]) -> HttpResponse:
    """The entries once more, to be confirmed: for browsers without JavaScript and for whoever was very quick."""
    # The wait counts from the first drawing: who confirms at once what was too quick is not asked a third time.
    second = PageToken(form.pk, token.nonce, max(token.drawn_at, now().timestamp() - 60), is_second=True)
    return _show(request, form, second, values, {}, is_second=True)


def _typed(request: HttpRequest, form: EntryForm) -> dict[str, str]:
    return {control.key: request.POST.get(control.key, "")[:2000] for control in controls_of(form)}


def _done(request: HttpRequest, form: EntryForm) -> HttpResponse:
    address = f"{reverse('sales:entry_page', args=[form.token])}?done=1&lang={short_language()}"
    answer = HttpResponseRedirect(f"{address}&embed=1" if _is_embedded(request) else address, status=303)
    return _guarded(answer, form)


def _flooded(form: EntryForm) -> HttpResponse:
    answer = _answer(form, "sales/leads/public_busy.html", {"form": form, "language": short_language()}, status=429)
    answer["Retry-After"] = "60"
    return answer


def _show(
    request: HttpRequest,
    form: EntryForm,
    token: PageToken,
    values: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
    *,
    is_second: bool = False,
    status: int = 200,
) -> HttpResponse:
    problems = problems or {}
    controls = controls_of(form, values, problems)
    shown = {control.key for control in controls} | {"consent"}
    context = {
        **_frame(request, form),
        "controls": controls,
        "token": token.sign(),
        "honeypot": HONEYPOT,
        "bits": WORK_BITS,
        "consent": form.text("consent"),
        "consent_given": request.POST.get("consent") == "1",
        "consent_problem": problems.get("consent", ""),
        "problems": [sentence for key, sentence in problems.items() if key not in shown],
        "is_wrong": bool(problems),
        "is_second": is_second,
    }
    return _answer(form, "sales/leads/public.html", context, status=status)


def _frame(request: HttpRequest, form: EntryForm) -> dict[str, object]:
    is_embedded = _is_embedded(request)
    end = "&embed=1" if is_embedded else ""
    return {
        "form": form,
        "title": form.text("title"),
        "intro": form.text("intro"),
        "thanks": form.text("thanks"),
        "language": short_language(),
        "is_embedded": is_embedded,
        "action": f"{reverse('sales:entry_page', args=[form.token])}?lang={short_language()}{end}",
        "switches": [(label, f"?lang={key}{end}", key == short_language()) for key, label in _SWITCHES],
    }


def _is_embedded(request: HttpRequest) -> bool:
    return request.GET.get("embed") == "1"


def _language(request: HttpRequest) -> str:
    return read_language(request.GET.get("lang", ""), request.headers.get("Accept-Language", ""))


def _answer(form: EntryForm, template: str, context: Mapping[str, object], *, status: int = 200) -> HttpResponse:
    # Without the request: no session, no frame, no message is looked at for the public.
    return _guarded(HttpResponse(render_to_string(template, dict(context)), status=status), form)


def _guarded(answer: HttpResponse, form: EntryForm) -> HttpResponse:
    """Only our own scripts and styles; only the sites an administrator named may show it inside theirs."""
    ancestors = " ".join(["'self'", *form.sites])
    answer["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        f"form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
    )
    answer.xframe_options_exempt = True
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex"
    return answer
