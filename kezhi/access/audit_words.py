"""What the audit calls the things, fields and facts of events that are no fields of records."""

import datetime as dt
import re
from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from kezhi.access.subjects import Text
from kezhi.core.clock import local

DOORS: dict[str, Text] = {
    "page": _("页面"),
    "api": _("接口"),
    "import": _("导入"),
    "rule": _("规则"),
    "job": _("后台任务"),
    "cli": _("命令行"),
    "form": _("录入页"),
    "mcp": _("智能助手"),
    "system": _("系统"),
    "demo": _("演示数据"),
    "link": _("对外链接"),
}

_things: dict[str, Text] = {
    "user": _("用户账号"),
    "department": _("部门"),
    "position": _("职位"),
    "role": _("角色"),
    "figure": "",
    "tag": _("标签"),
    "custom_field": _("自定义字段"),
    "field_setting": _("字段设置"),
    "pick_list": _("选项列表"),
    "pick_item": _("选项"),
    "saved_view": _("视图"),
    "calendar_day": _("工作日历"),
    "installation": _("系统"),
    "import": _("导入"),
    "export": _("导出"),
    "approval": _("审批"),
    "approval_flow": _("审批流程"),
    "rule": _("规则"),
    "message_template": _("消息模板"),
    "channel": _("通知渠道"),
    "webhook": _("Webhook 推送"),
    "webhook_endpoint": _("Webhook 接收"),
    "outflow": _("数据外送"),
}

_facts: dict[str, Text] = {
    "name": _("名称"),
    "username": _("登录名"),
    "email": _("邮箱"),
    "mobile": _("手机"),
    "department": _("部门"),
    "position": _("职位"),
    "manager": _("上级"),
    "roles": _("角色"),
    "owner": _("负责人"),
    "name_zh": _("名称"),
    "name_en": _("英文名称"),
    "description_zh": _("说明"),
    "description_en": _("英文说明"),
    "parent_id": _("上级部门"),
    "head_id": _("负责人"),
    "value": _("值"),
    "language": _("语言"),
    "theme": _("主题"),
    "density": _("行高"),
    "address": _("网络地址"),
    "device": _("设备"),
    "signed_in_by": _("登录方式"),
    "passkey": _("通行密钥"),
    "stand_in_id": _("替班人"),
    "first_day": _("首日"),
    "last_day": _("末日"),
    "count": _("个数"),
    "moved": _("移交数量"),
    "receivers": _("接手人"),
    "department_id": _("部门"),
    "fields": _("字段"),
    "reason": _("原因"),
    "event_id": _("记录号"),
    "number": _("编号"),
    "type": _("类型"),
    "of": _("类型"),
    "record_type": _("类型"),
    "field": _("字段"),
    "list": _("选项列表"),
    "file": _("文件"),
    "size": _("大小（字节）"),
    "note": _("说明"),
    "purpose": _("用途"),
    "how": _("方式"),
    "on": _("日期"),
    "day": _("日期"),
    "due": _("截止"),
    "percent": _("已用时间（%）"),
    "level": _("级别"),
    "from": _("从"),
    "to": _("到"),
    "into": _("并入"),
    "records": _("记录数"),
    "counts": _("个数"),
    "rows": _("行数"),
    "is_workday": _("工作日"),
    "is_active": _("启用"),
    "is_personal": _("个人信息"),
    "is_personal_outside": _("外发要批准"),
    "is_required": _("必填"),
    "is_unique": _("不重复"),
    "shown_in_list": _("显示在列表"),
    "group": _("分组"),
    "help_zh": _("提示"),
    "help_en": _("英文提示"),
    "options": _("选项"),
    "bulk": _("批量操作"),
    "recheck": _("再次审核"),
    "unasked": _("无需审批"),
    "endpoint": _("接收地址"),
}

# What the line says anyway, and what only programs need.
_UNSAID = frozenset(
    {
        "name", "key", "address", "shipped", "version", "origin", "origin_id", "gone", "merge", "unmerge", "undo_of",
        "deadline", "hint", "scopes", "sharing", "delivery", "act", "kind", "payload",
    }
)  # fmt: skip

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$")


def register_audit_words(*, things: Mapping[str, Text] | None = None, facts: Mapping[str, Text] | None = None) -> None:
    """Say what an app's events are about, and what their facts and changes are called, where no record type does."""
    _things.update(things or {})
    _facts.update(facts or {})


def thing_words(record_type: str) -> Text:
    """What an event is about, in words; the key for what nobody named."""
    return _things.get(record_type, record_type)


def fact_words(key: str) -> Text | None:
    """What a fact or a field that no record has is called; None for what nobody named."""
    return _facts.get(key)


def is_said(key: str) -> bool:
    """Whether a fact is worth a reader's time."""
    return key not in _UNSAID


def moment_words(text: str) -> str:
    """ "2026-11-22 16:30" in the company's zone for a moment as the log keeps it; any other text as it is."""
    if not _MOMENT.match(text):
        return text
    return f"{local(dt.datetime.fromisoformat(text)):%Y-%m-%d %H:%M}"
