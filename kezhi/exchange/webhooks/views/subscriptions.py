"""设置 → Webhook: addresses that are told, with their log."""

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kezhi.access.actors import Actor
from kezhi.access.operations.problems import Refused
from kezhi.access.policies import require_area
from kezhi.access.views.asking import actor_of, put_problems
from kezhi.core.events import event_kinds
from kezhi.exchange.faults import Fault, say
from kezhi.exchange.models import Delivery, DeliveryState, Endpoint, GrantState, OutflowGrant, Source, Subscription
from kezhi.exchange.webhooks.forms import SubscriptionForm
from kezhi.exchange.webhooks.operations import (
    add_subscription,
    change_subscription,
    open_delivery,
    remove_subscription,
    renew_secret,
    resend,
    send_ping,
    switch_subscription,
)
from kezhi.records.registry import find_record_type
from kezhi.ui.html import Tab
from kezhi.ui.toasts import toast

_PAGE = 50
_MOST_RESENT = 1000
TONES = {
    DeliveryState.DELIVERED: "done",
    DeliveryState.FAILED: "danger",
    DeliveryState.WAITING: "info",
    DeliveryState.WITHHELD: "outline",
}


@require_GET
def webhooks(request: HttpRequest) -> HttpResponse:
    """GET /settings/webhooks/: both directions."""
    require_area(actor_of(request), "settings", "channels")
    failed = Count("deliveries", filter=Q(deliveries__state=DeliveryState.FAILED))
    rows = Subscription.objects.filter(removed_at=None).annotate(failed=failed).select_related("owner")
    context = {"subscriptions": rows, "endpoints": Endpoint.objects.filter(removed_at=None)}
    return render(request, "exchange/webhooks/list.html", context)


@require_http_methods(["GET", "POST"])
def webhook_new(request: HttpRequest) -> HttpResponse:
    """GET the form of a new webhook; POST makes it and shows its secret once."""
    actor = actor_of(request)
    require_area(actor, "settings", "channels")
    form = SubscriptionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row, secret = add_subscription(*_typed(form), actor=actor)
        except Refused as refused:
            put_problems(form, refused.problems)
        else:
            return _page(request, row, secret=secret)
    context = {"form": form, "title": _("新建 Webhook"), "row": None}
    return render(request, "exchange/webhooks/form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def webhook_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change where a webhook sends and what."""
    actor, row = _found(request, pk)
    form = SubscriptionForm(request.POST or None, subscription=row)
    if request.method == "POST" and form.is_valid():
        try:
            change_subscription(row, *_typed(form), actor=actor)
        except Refused as refused:
            put_problems(form, refused.problems)
        else:
            toast(request, _("已保存。"))
            return redirect("exchange:webhook", pk=pk)
    context = {"form": form, "title": row.name, "row": row}
    return render(request, "exchange/webhooks/form.html", context, status=422 if form.errors else 200)


@require_GET
def webhook(request: HttpRequest, pk: int) -> HttpResponse:
    """GET /settings/webhooks/3/: its state, its log, its approvals."""
    _actor, row = _found(request, pk)
    return _page(request, row)


@require_POST
def webhook_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """POST …/switch/ with ``on``: "1" or ""."""
    actor, row = _found(request, pk)
    is_active = bool(request.POST.get("on"))
    switch_subscription(row, is_active=is_active, actor=actor)
    toast(request, _("已启用。") if is_active else _("已停用。"))
    return redirect("exchange:webhook", pk=pk)


@require_POST
def webhook_secret(request: HttpRequest, pk: int) -> HttpResponse:
    """POST …/secret/: a new secret, shown once."""
    actor, row = _found(request, pk)
    return _page(request, row, secret=renew_secret(row, actor=actor))


@require_POST
def webhook_ping(request: HttpRequest, pk: int) -> HttpResponse:
    """POST …/ping/: a test message; what happened is said on the page."""
    actor, row = _found(request, pk)
    try:
        posted = send_ping(row, actor=actor)
    except Fault as fault:
        return _page(request, row, failed=fault.message, status=422)
    words = _("对方回答了状态 %(status)s，用了 %(time)s 毫秒。")
    return _page(request, row, done=words % {"status": posted.status, "time": posted.milliseconds})


@require_POST
def webhook_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """POST …/removal/"""
    actor, row = _found(request, pk)
    remove_subscription(row, actor=actor)
    toast(request, _("Webhook 已删除。"))
    return redirect("exchange:webhooks")


@require_POST
def webhook_resending(request: HttpRequest, pk: int) -> HttpResponse:
    """POST …/resending/: everything that was not delivered, again."""
    actor, row = _found(request, pk)
    rows = row.deliveries.filter(state=DeliveryState.FAILED).select_related("subscription").order_by("pk")
    _resend(request, list(rows[:_MOST_RESENT]), actor)
    return redirect("exchange:webhook", pk=pk)


@require_GET
def delivery(request: HttpRequest, pk: int, delivery_id: int) -> HttpResponse:
    """GET …/deliveries/9/: one message and what became of it."""
    _actor, row = _found(request, pk)
    found = row.deliveries.filter(pk=delivery_id).first()
    if found is None:
        raise Http404
    return render(request, "exchange/webhooks/delivery.html", {"row": row, "line": _line(found), "body": None})


@require_POST
def delivery_body(request: HttpRequest, pk: int, delivery_id: int) -> HttpResponse:
    """POST …/deliveries/9/body/: what it said; looking is recorded."""
    actor, row = _found(request, pk)
    found = row.deliveries.select_related("subscription").filter(pk=delivery_id).first()
    if found is None:
        raise Http404
    context = {"row": row, "line": _line(found), "body": open_delivery(found, actor=actor)}
    response = render(request, "exchange/webhooks/delivery.html", context)
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def delivery_resending(request: HttpRequest, pk: int, delivery_id: int) -> HttpResponse:
    """POST …/deliveries/9/resending/"""
    actor, row = _found(request, pk)
    found = row.deliveries.select_related("subscription").filter(pk=delivery_id).first()
    if found is None:
        raise Http404
    _resend(request, [found], actor)
    return redirect("exchange:webhook", pk=pk)


def _resend(request: HttpRequest, rows: list[Delivery], actor: Actor) -> None:
    count = resend(rows, actor=actor)
    words = ngettext("%(count)s 条消息正在重新发送。", "%(count)s 条消息正在重新发送。", count)
    toast(request, words % {"count": count} if count else _("没有要重新发送的消息。"), tone="done" if count else "info")


def _found(request: HttpRequest, pk: int) -> tuple[Actor, Subscription]:
    actor = actor_of(request)
    require_area(actor, "settings", "channels")
    row = Subscription.objects.filter(pk=pk, removed_at=None).select_related("owner").first()
    if row is None:
        raise Http404
    return actor, row


def _typed(form: SubscriptionForm) -> tuple[str, str, list[str], list[str]]:
    data = form.cleaned_data
    return data["name"], data["url"], data["kinds"], data["record_types"]


def _page(
    request: HttpRequest, row: Subscription, *, secret: str = "", done: str = "", failed: str = "", status: int = 200
) -> HttpResponse:
    rows = row.deliveries.order_by("-pk")
    only = request.GET.get("state", "")
    if only in DeliveryState.values:
        rows = rows.filter(state=only)
    page = Paginator(rows, _PAGE).get_page(request.GET.get("page"))
    grants = OutflowGrant.objects.filter(source=Source.WEBHOOK, source_id=row.pk).select_related("approver", "asked_by")
    known = [find_record_type(key) for key in row.record_types]
    context = {
        "row": row,
        "why_off": say(row.off_code, {}) if row.off_code else "",
        "types": [each.label for each in known if each is not None],
        "kinds": [event_kinds()[key].label for key in row.kinds if key in event_kinds()],
        "lines": [_line(each) for each in page],
        "page": page,
        "states": _tabs(only),
        "only": only,
        "failed_count": row.deliveries.filter(state=DeliveryState.FAILED).count(),
        "grants": grants.filter(state__in=(GrantState.ASKED, GrantState.APPROVED)),
        "secret": secret,
        "done": done,
        "failed": failed,
    }
    response = render(request, "exchange/webhooks/webhook.html", context, status=status)
    if secret:
        response["Cache-Control"] = "no-store"
    return response


def _tabs(only: str) -> list[Tab]:
    choices = [("", _("全部")), *DeliveryState.choices]
    return [Tab(str(label), f"?state={value}", current=value == only) for value, label in choices]


def _line(row: Delivery) -> dict[str, object]:
    kind, known = event_kinds().get(row.kind), find_record_type(row.record_type)
    return {
        "row": row,
        "what": f"{known.label if known else row.record_type} · {kind.label if kind else row.kind}",
        "url": f"/{known.slug}/{row.record_id}/" if known else "",
        "tone": TONES[DeliveryState(row.state)],
        "problem": say(row.problem_code, row.problem_values) if row.problem_code else "",
        "can_resend": row.state != DeliveryState.WAITING,
    }
