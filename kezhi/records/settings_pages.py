"""What this app puts on the settings home."""

from django.utils.translation import gettext_lazy as _

from kezhi.access.settings_sections import register_section

register_section(
    "fields",
    _("字段"),
    "columns",
    "records:fields",
    "settings.fields",
    40,
    help=_("自定义字段；哪些字段必填、跟进前要补全、在完整度里占多少。"),
)
register_section(
    "lists",
    _("选项列表"),
    "list",
    "records:pick_lists",
    "settings.lists",
    41,
    help=_("行业、来源、等级等下拉框里的选项。"),
)
register_section(
    "tags",
    _("标签"),
    "tag",
    "records:tags",
    "settings.lists",
    42,
    help=_("标签按组管理：改名、合并、停用，看看各有多少记录。"),
)
register_section(
    "recycle",
    _("回收站"),
    "trash",
    "records:recycle_bin",
    "",
    60,
    help=_("删除的记录和文件，到期前可以恢复。"),
)
