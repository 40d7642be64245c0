"""Pipelines on the settings home, the right they need, and their words in the audit."""

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from kezhi.access.audit_words import register_audit_words
from kezhi.access.settings_sections import register_section
from kezhi.access.subjects import AREAS, find_subject, register_area
from kezhi.sales.operations.pipelines import ACTION, AREA

_settings = find_subject(AREA) or AREAS[0]
register_area(replace(_settings, actions={**_settings.actions, ACTION: _("管理销售流程")}))
register_section(
    "pipelines",
    _("销售流程"),
    "opportunity",
    "sales:pipelines",
    f"{AREA}.{ACTION}",
    43,
    group="process",
    help=_("商机有哪些阶段，赢单概率、最长停留，进入阶段要满足什么。"),
)
register_audit_words(
    things={"pipeline": _("销售流程")},
    facts={
        "order": _("阶段顺序"),
        "is_default": _("默认流程"),
        "is_active": _("启用"),
        "name_zh": _("中文名称"),
        "name_en": _("英文名称"),
    },
)
