"""What happens to leads besides being created and changed; rules start on these, timelines tell them."""

from django.utils.translation import gettext_lazy as _

from kezhi.core.events import EventKind, register_event_kind

RECEIVED = EventKind("form.received", _("从录入页进来"), icon="globe")
ASSIGNED = EventKind("lead.assigned", _("分配了负责人"), icon="user")
CONTACTED = EventKind("lead.contacted", _("联系了线索"), icon="phone")
QUALIFIED = EventKind("lead.qualified", _("转化了线索"), icon="check")
DISQUALIFIED = EventKind("lead.disqualified", _("判定线索无效"), icon="ban")
RECYCLED = EventKind("lead.recycled", _("放回待唤醒"), icon="pause")
WOKEN = EventKind("lead.woken", _("唤醒了线索"), icon="play")
FORM_SAVED = EventKind("entry_form.saved", _("保存了录入页"), icon="globe", family="settings")
SKILLS_SET = EventKind("skills.set", _("改了擅长的事"), icon="user", family="settings")

register_event_kind(RECEIVED, ASSIGNED, CONTACTED, QUALIFIED, DISQUALIFIED, RECYCLED, WOKEN, FORM_SAVED, SKILLS_SET)
