"""The pages of access on the settings home, and the way there in the rail."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.settings_sections import register_section, sections_for
from kezhi.ui.navigation import NavItem, register_nav


def _has_settings(actor: Any) -> bool:
    return isinstance(actor, Actor) and bool(sections_for(actor))


register_nav(NavItem("settings", _("设置"), "settings", "access:settings", 100, _has_settings))

register_section(
    "users", _("用户"), "people", "access:users", "settings.organisation", 10,
    group="organisation", help=_("添加同事，重置密码，登记休假与替班，移交离职同事的工作。"),
)  # fmt: skip
register_section(
    "departments", _("部门与职位"), "department", "access:departments", "settings.organisation", 11,
    group="organisation", help=_("部门的上下级、负责人，以及大家的职位名称。"),
)  # fmt: skip
register_section(
    "roles", _("角色与权限"), "shield", "access:roles", "settings.roles", 12,
    group="organisation", help=_("每个角色能对谁的记录做什么，能看到哪些字段。"),
)  # fmt: skip
register_section(
    "figures", _("参数"), "clock", "access:figures", "settings.figures", 60,
    group="process", help=_("天数、次数、金额等所有可以调整的数字。"),
)  # fmt: skip
register_section(
    "audit", _("操作记录"), "history", "access:audit", "audit.view", 90,
    group="system", help=_("谁在什么时候、从哪里、改了什么，改前改后各是什么。"),
)  # fmt: skip
register_section(
    "calendar", _("工作日历"), "calendar", "access:calendar", "settings.calendar", 61,
    group="process", help=_("法定节假日、调休上班日，以及公司自己的安排。"),
)  # fmt: skip
register_section(
    "health", _("运行状况"), "info", "access:health", "health.view", 95,
    group="system", help=_("数据库、后台任务、备份、磁盘空间是否正常。"),
)  # fmt: skip
