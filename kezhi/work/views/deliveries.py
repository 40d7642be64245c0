"""设置 → 消息送达: what reached people and what did not."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kezhi.access.actors import Actor
from kezhi.access.policies import require_area
from kezhi.core.clock import now
from kezhi.records.views.answers import signed_in
from kezhi.ui.html import Tab
from kezhi.ui.toasts import toast
from kezhi.work.deliveries import channel_records, failed_deliveries, reason_words, send_again
from kezhi.work.notices_kinds import notice_kinds
from kezhi.work.notices_outages import channel_name

SPANS = (1, 7, 30)


@require_GET
@signed_in
def show(request: HttpRequest, actor: Actor) -> HttpResponseBase:
    """GET /settings/deliveries/?days=7."""
    require_area(actor, "health", "view")
    raw = request.GET.get("days", "")
    days = int(raw) if raw in {str(span) for span in SPANS} else SPANS[0]
    since = now() - timedelta(days=days)
    kinds = {kind.key: str(kind.label) for kind in notice_kinds()}
    names = {1: _("24 小时"), 7: _("7 天"), 30: _("30 天")}
    context = {
        "tabs": [Tab(names[span], f"/settings/deliveries/?days={span}", None, span == days) for span in SPANS],
        "records": channel_records(since),
        # Whoever looks after the installation reads who and why, not what: the words belong to the recipient.
        "failed": [
            (row, channel_name(row.channel), kinds.get(row.notification.kind, row.notification.kind), reason_words(row))
            for row in failed_deliveries(since)
        ],
    }
    return render(request, "work/deliveries.html", context)


@require_POST
@signed_in
def again(request: HttpRequest, actor: Actor, delivery_id: int) -> HttpResponseBase:
    """POST /settings/deliveries/12/again/: once more."""
    require_area(actor, "health", "view")
    if send_again(delivery_id):
        toast(request, _("正在重新发送"))
    else:
        toast(request, _("这一条已经发出，或正在发送"), tone="info")
    return redirect("work:deliveries")
