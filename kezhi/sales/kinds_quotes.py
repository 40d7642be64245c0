"""What happens to quotes, as kinds of events (SAL-4)."""

from django.utils.translation import gettext_lazy as _

from kezhi.core.events import EventKind, register_event_kind

LINES_CHANGED = EventKind("quote.lines_changed", _("改了报价明细"), icon="rows", family="sales")
SUBMITTED = EventKind("quote.submitted", _("提交了报价审批"), icon="stamp", family="sales")
APPROVED = EventKind("quote.approved", _("报价可以发送了"), icon="check", family="sales")
RETURNED = EventKind("quote.returned", _("报价退回修改"), icon="undo", family="sales")
SENT = EventKind("quote.sent", _("发送了报价"), icon="mail", family="sales")
ACCEPTED = EventKind("quote.accepted", _("客户接受了报价"), icon="check", family="sales")
DECLINED = EventKind("quote.declined", _("客户拒绝了报价"), icon="ban", family="sales")
EXPIRED = EventKind("quote.expired", _("报价过期了"), icon="clock", family="sales")
REPLACED = EventKind("quote.replaced", _("报价有了新版本"), icon="copy", family="sales")

register_event_kind(LINES_CHANGED, SUBMITTED, APPROVED, RETURNED, SENT, ACCEPTED, DECLINED, EXPIRED, REPLACED)
