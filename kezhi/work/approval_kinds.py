"""What approvals leave in the event log. Those about the whole request also stand on the record's timeline."""

from django.utils.translation import gettext_lazy as _

from kezhi.core.events import EventKind, register_event_kind

ASKED = EventKind("approval.asked", _("提交了审批"), icon="check")
APPROVED = EventKind("approval.approved", _("审批通过"), icon="check")
REFUSED = EventKind("approval.refused", _("审批被驳回"), icon="ban")
WITHDRAWN = EventKind("approval.withdrawn", _("撤回了审批"), icon="undo")
FAILED = EventKind("approval.failed", _("审批通过，但没能执行"), icon="warning")
STEP_APPROVED = EventKind("approval.step_approved", _("同意"), icon="check")
STEP_REFUSED = EventKind("approval.step_refused", _("驳回"), icon="ban")
CONFIRMED = EventKind("approval.change_confirmed", _("确认了变动后的内容"), icon="eye")
HANDED_ON = EventKind("approval.handed_on", _("转办"), icon="swap")
APPROVER_ADDED = EventKind("approval.approver_added", _("加签"), icon="plus")
COPIED = EventKind("approval.copied", _("抄送"), icon="mail")
REMINDED = EventKind("approval.reminded", _("催办"), icon="clock")
COMMENTED = EventKind("approval.commented", _("评论"), icon="edit")
TIMED_OUT = EventKind("approval.timed_out", _("超时转交"), icon="clock")
MOVED = EventKind("approval.moved", _("改派审批人"), icon="swap")
STOOD_IN = EventKind("approval.stood_in", _("由替班人代为审批"), icon="people")

FLOW_SAVED = EventKind("approval_flow.saved", _("修改了审批流程"), icon="edit", family="settings")
FLOW_SWITCHED = EventKind("approval_flow.switched", _("启用或停用了审批流程"), icon="settings", family="settings")

register_event_kind(
    ASKED,
    APPROVED,
    REFUSED,
    WITHDRAWN,
    FAILED,
    STEP_APPROVED,
    STEP_REFUSED,
    CONFIRMED,
    HANDED_ON,
    APPROVER_ADDED,
    COPIED,
    REMINDED,
    COMMENTED,
    TIMED_OUT,
    MOVED,
    STOOD_IN,
    FLOW_SAVED,
    FLOW_SWITCHED,
)
