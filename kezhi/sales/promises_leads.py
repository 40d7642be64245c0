"""The promise to answer a lead (LEAD-4); what starts and keeps it are shipped rules (``defaults/rules_leads.py``)."""

from django.utils.translation import gettext_lazy as _

from kezhi.work.deadlines import DeadlineKind, register_deadline_kind

LEAD_RESPONSE = register_deadline_kind(
    DeadlineKind(
        "lead_response",
        _("线索首次联系"),
        minutes=48 * 60,
        business_time=False,
        starts=_("线索进来时开始；展会和线上广告的长度另有参数。"),
        ends=_("记录了联系，或者转化时完成。"),
        source="LEAD-4",
        order=12,
    )
)
