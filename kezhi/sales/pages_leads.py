"""Where leads stand on pages of other apps."""

from django.utils.translation import gettext_lazy as _

from kezhi.access.settings_sections import register_section

register_section(
    "entry_pages",
    _("录入页"),
    "globe",
    "sales:entry_forms",
    "lead_source.edit",
    14,
    group="process",
    help=_("官网和展位上的页面：客户自己填，线索马上分给销售。"),
)
