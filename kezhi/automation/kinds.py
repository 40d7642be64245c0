"""The kinds of events rules record about themselves."""

from django.utils.translation import gettext_lazy as _

from kezhi.core.events import EventKind, register_event_kind

MADE = EventKind("rule.made", _("新建规则"), icon="plus", family="settings")
DRAFTED = EventKind("rule.drafted", _("修改规则草稿"), icon="edit", family="settings")
PUBLISHED = EventKind("rule.published", _("发布规则"), icon="bolt", family="settings")
SWITCHED_ON = EventKind("rule.switched_on", _("启用规则"), icon="bolt", family="settings")
SWITCHED_OFF = EventKind("rule.switched_off", _("停用规则"), icon="bolt", family="settings")
REMOVED = EventKind("rule.removed", _("删除规则"), icon="trash", family="settings")
REVIEWED = EventKind("rule.reviewed", _("复核规则"), icon="check", family="settings")
RAN_AGAIN = EventKind("rule.ran_again", _("再次运行规则"), icon="bolt", family="settings")
TEMPLATE_SAVED = EventKind("rule.template_saved", _("保存消息模板"), icon="edit", family="settings")

register_event_kind(MADE, DRAFTED, PUBLISHED, SWITCHED_ON, SWITCHED_OFF, REMOVED, REVIEWED, RAN_AGAIN, TEMPLATE_SAVED)
