"""Not too often, not at bad times, and no promises nobody can keep (FUP-6)."""

from datetime import datetime, timedelta

from django.db.models import Count, Q
from django.utils.translation import gettext

from kezhi.core.clock import day_start, local, now, today
from kezhi.core.figures import integer_figure, text_figure
from kezhi.engagement.models import FollowUp

_MONDAY, _FRIDAY, _NOON = 0, 4, 12


def cautions(customer_id: int, moment: datetime | None = None) -> list[str]:
    """What speaks against contacting a customer now: how often all staff did, and the hour. One query."""
    moment = moment or now()
    rows = FollowUp.objects.ungated("how often all staff contacted the customer").filter(
        customer_id=customer_id, deleted_at__isnull=True, happened_at__gte=day_start(today() - timedelta(days=6))
    )
    counted = rows.aggregate(day=Count("pk", filter=Q(happened_at__gte=day_start(today()))), week=Count("pk"))
    found = []
    if counted["day"] >= integer_figure("engagement.contacts_daily"):
        found.append(gettext("今天全公司已联系过这个客户 %(count)s 次，别太打扰。") % {"count": counted["day"]})
    elif counted["week"] >= integer_figure("engagement.contacts_weekly"):
        found.append(gettext("最近 7 天全公司已联系过这个客户 %(count)s 次，别太打扰。") % {"count": counted["week"]})
    if found and is_bad_moment(moment):
        hours = text_figure("engagement.good_hours")
        found.append(
            gettext("周一上午和周五下午客户忙，建议 %(hours)s 联系。") % {"hours": hours.replace("、", gettext("、"))}
        )
    return found


def is_bad_moment(moment: datetime) -> bool:
    """Monday morning and Friday afternoon in the company's zone."""
    here = local(moment)
    return (here.weekday() == _MONDAY and here.hour < _NOON) or (here.weekday() == _FRIDAY and here.hour >= _NOON)
