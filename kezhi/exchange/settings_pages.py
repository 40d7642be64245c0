"""The pages of channels and webhooks on the settings home, and the right they need."""

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from kezhi.access.first_steps import register_first_step
from kezhi.access.settings_sections import register_section
from kezhi.access.subjects import AREAS, find_subject, register_area
from kezhi.exchange.models import ChannelSetup

_settings = find_subject("settings") or AREAS[0]
register_area(replace(_settings, actions={**_settings.actions, "channels": _("管理通道与 Webhook")}))

register_section(
    "channels", _("通道"), "chat", "exchange:channels", "settings.channels", 70,
    group="system", help=_("邮件服务器，企业微信、钉钉、飞书机器人，短信网关。"),
)  # fmt: skip
register_section(
    "mailboxes", _("收件箱"), "mail", "exchange:mailboxes", "settings.channels", 70,
    group="system", help=_("从邮箱收信：陌生人的来信成为线索，客户的来信归到客户。"),
)  # fmt: skip
register_section(
    "webhooks", "Webhook", "swap", "exchange:webhooks", "settings.channels", 71,
    group="system", help=_("记录有变化时通知别的系统，也接收别的系统发来的消息。"),
)  # fmt: skip
register_section(
    "outflow", _("个人信息外发"), "shield", "exchange:outflow", "settings.channels", 72,
    group="system", help=_("哪些个人信息经部门负责人批准，可以自动发往哪里。"),
)  # fmt: skip
register_first_step(
    "mail", _("接上公司的邮件"), "exchange:channels", "settings.channels",
    lambda _actor: ChannelSetup.objects.filter(key="mail", is_on=True).exists(), 40,
    help=_("提醒、报价和给客户的信都从这里发出去；不接也能用，只是都留在系统里。"),
)  # fmt: skip
