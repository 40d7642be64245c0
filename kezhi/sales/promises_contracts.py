"""The promises of contracts: legal's review, and money by its day (SAL-5, SAL-6).

What starts and keeps them are shipped rules (``defaults/rules_contracts.py``); how long they run are figures.
"""

from django.utils.translation import gettext_lazy as _

from kezhi.work.deadlines import DeadlineKind, register_deadline_kind
from kezhi.work.task_origins import register_task_origin

LEGAL_TASK = register_task_origin("legal_review", _("审核合同"))

LEGAL_REVIEW = register_deadline_kind(
    DeadlineKind(
        "legal_review",
        _("合同审核"),
        minutes=2 * 8 * 60,
        starts=_("合同送法务审核时开始。"),
        ends=_("法务通过或退回时完成。"),
        source="SAL-5",
        order=32,
    )
)
PAYMENT = register_deadline_kind(
    DeadlineKind(
        "payment",
        _("应收款"),
        starts=_("合同签署后，每一期按应收日期计时。"),
        ends=_("这一期全部到账时完成。"),
        source="SAL-6",
        order=34,
        steps=(3 * 24 * 60, 10 * 24 * 60),
    )
)
