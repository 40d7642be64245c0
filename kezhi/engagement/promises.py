"""The promises that follow-ups make: the first contact, the next action, a change learnt (FUP-4, CUS-11).

What starts and keeps them are shipped rules (``defaults/promise_rules.py``); how long they run are figures.
"""

from django.utils.translation import gettext_lazy as _

from kezhi.work.deadlines import DeadlineKind, register_deadline_kind

FIRST_CONTACT = register_deadline_kind(
    DeadlineKind(
        "first_contact",
        _("首次联系"),
        minutes=48 * 60,
        business_time=False,
        starts=_("客户有了负责人、还没有跟进过时开始。"),
        ends=_("第一次记录跟进时完成。"),
        source="FUP-4",
        order=10,
    )
)
NEXT_ACTION = register_deadline_kind(
    DeadlineKind(
        "next_action",
        _("约定的下一步"),
        starts=_("跟进里写了下一步时开始，截止时间是写下的期限。"),
        ends=_("那项任务办完时完成。"),
        source="FUP-4",
        order=20,
    )
)
CHANGE_ENTERED = register_deadline_kind(
    DeadlineKind(
        "change_entered",
        _("获知的变更"),
        minutes=24 * 60,
        business_time=False,
        starts=_("跟进里勾选“客户资料有变化”时开始。"),
        ends=_("修改客户或联系人的资料后完成。"),
        source="CUS-11",
        order=15,
    )
)
