"""Events of contracts, receipts and orders: what timelines say and rules hear (SAL-5 … SAL-7, SAL-9)."""

from django.utils.translation import gettext_lazy as _

from kezhi.core.events import EventKind, register_event_kind

DRAFTED = EventKind("contract.drafted", _("由报价起草合同"), icon="stamp")
SUBMITTED = EventKind("contract.submitted", _("送法务审核"), icon="stamp")
LEGAL_PASSED = EventKind("contract.legal_passed", _("法务审核通过"), icon="check")
LEGAL_REFUSED = EventKind("contract.legal_refused", _("法务退回合同"), icon="x")
READY = EventKind("contract.ready", _("合同待签署"), icon="stamp")
SIGNED = EventKind("contract.signed", _("签署合同"), icon="stamp")
FINISHED = EventKind("contract.finished", _("合同完成"), icon="check")
ENDED = EventKind("contract.ended", _("提前终止合同"), icon="x")
PLANNED = EventKind("contract.planned", _("排定回款计划"), icon="calendar")
PAID = EventKind("contract.paid", _("合同全部回款"), icon="money")
UNPAID = EventKind("contract.unpaid", _("回款被冲销，合同不再付清"), icon="undo")
AWAITED = EventKind("instalment.awaited", _("开始催收"), icon="calendar")
CONFIRMED = EventKind("payment.confirmed", _("确认到账"), icon="money")
REFUSED = EventKind("payment.refused", _("退回回款登记"), icon="x")
REVERSED = EventKind("payment.reversed", _("冲销回款"), icon="undo")
LINES_SET = EventKind("order.lines_set", _("修改了订单明细"), icon="rows")
PROGRESSED = EventKind("order.progressed", _("订单有进展"), icon="rows")

register_event_kind(DRAFTED, SUBMITTED, LEGAL_PASSED, LEGAL_REFUSED, READY, SIGNED, FINISHED, ENDED, PLANNED, PAID)
register_event_kind(UNPAID, AWAITED, CONFIRMED, REFUSED, REVERSED, LINES_SET, PROGRESSED)
