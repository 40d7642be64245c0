"""The right to look after rules."""

from django.utils.translation import gettext_lazy as _

from kezhi.access.subjects import Subject, register_area

register_area(
    Subject(
        "automation",
        _("规则"),
        "bolt",
        {"view": _("查看规则与运行情况"), "edit": _("新建、修改、启用规则")},
        is_area=True,
    )
)
