"""What import and export leave in the event log besides the records' own events."""

from django.utils.translation import gettext_lazy as _

from kezhi.core.events import EventKind, register_event_kind

IMPORTED = EventKind("exchange.imported", _("导入了名单"), icon="upload", family="exchange")
IMPORT_UNDONE = EventKind("exchange.import_undone", _("撤销了导入"), icon="undo", family="exchange")
EXPORTED = EventKind("exchange.exported", _("导出了名单"), icon="download", family="access")
EXPORT_DOWNLOADED = EventKind("exchange.export_downloaded", _("下载了导出文件"), icon="download", family="access")
CHANNEL_CHANGED = EventKind("channel.changed", _("修改了通道"), icon="settings", family="settings")
ADDRESS_CHANGED = EventKind("channel.address_changed", _("修改了机器人地址"), icon="settings", family="settings")
WEBHOOK_ADDED = EventKind("webhook.added", _("新建了 Webhook"), icon="plus", family="settings")
WEBHOOK_CHANGED = EventKind("webhook.changed", _("修改了 Webhook"), icon="edit", family="settings")
WEBHOOK_REMOVED = EventKind("webhook.removed", _("删除了 Webhook"), icon="trash", family="settings")
WEBHOOK_OFF = EventKind("webhook.switched_off", _("停用了一直失败的 Webhook"), icon="ban", family="settings")
WEBHOOK_RESENT = EventKind("webhook.resent", _("重新发送了 Webhook 消息"), icon="refresh", family="access")
WEBHOOK_OPENED = EventKind("webhook.opened", _("查看了 Webhook 消息的内容"), icon="eye", family="access")
WEBHOOK_RECEIVED = EventKind("webhook.received", _("收到 Webhook 消息"), icon="download", family="exchange")
ENDPOINT_ADDED = EventKind("endpoint.added", _("新建了接收地址"), icon="plus", family="settings")
ENDPOINT_CHANGED = EventKind("endpoint.changed", _("修改了接收地址"), icon="edit", family="settings")
ENDPOINT_REMOVED = EventKind("endpoint.removed", _("删除了接收地址"), icon="trash", family="settings")
OUTFLOW_ASKED = EventKind("outflow.asked", _("申请把个人信息发往外部"), icon="shield", family="access")
OUTFLOW_DECIDED = EventKind("outflow.decided", _("审批了个人信息外发"), icon="shield", family="access")
OUTFLOW_ENDED = EventKind("outflow.ended", _("收回了个人信息外发的批准"), icon="shield", family="access")
MAILBOX_ADDED = EventKind("mailbox.added", _("新建了收件箱"), icon="plus", family="settings")
MAILBOX_CHANGED = EventKind("mailbox.changed", _("修改了收件箱"), icon="settings", family="settings")
MAILBOX_REMOVED = EventKind("mailbox.removed", _("删除了收件箱"), icon="trash", family="settings")
MAIL_RECEIVED = EventKind("mail.received", _("收到邮件"), icon="mail", family="mail")
MAIL_ACKNOWLEDGED = EventKind("mail.acknowledged", _("确认了邮件"), icon="check", family="mail")

register_event_kind(
    *(value for value in list(globals().values()) if isinstance(value, EventKind)),
)
