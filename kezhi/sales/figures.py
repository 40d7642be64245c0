"""The figures of sales that number its records; each part has a file of its own for the rest."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.access.figure_areas import register_figure_area
from kezhi.core.figures import Figure, FigureKind, Scalar, register_figure
from kezhi.core.numbering import check_pattern

register_figure_area("sales", _("销售"), order=11)


def _pattern(value: Scalar, department_id: int | None) -> None:
    check_pattern(str(value))


def _numbered(key: str, default: str, label: str | Promise, source: str) -> None:
    register_figure(
        Figure(
            f"sales.{key}_number_pattern",
            default,
            kind=FigureKind.TEXT,
            label=label,
            maximum=40,
            source=source,
            check=_pattern,
        )
    )


_numbered("lead", "X{yyyymm}{seq:5}", _("线索编号的格式"), "LEAD-2")
_numbered("lead_source", "S{yyyy}{seq:4}", _("来源编号的格式"), "LEAD-6")
_numbered("opportunity", "O{yyyymm}{seq:4}", _("商机编号的格式"), "SAL-2")
_numbered("product", "P{seq:5}", _("产品编号的格式"), "SAL-4")
_numbered("quote", "Q{yyyymm}{seq:4}", _("报价编号的格式"), "SAL-4")
_numbered("contract", "H{yyyymm}{seq:4}", _("合同编号的格式"), "SAL-5")
_numbered("instalment", "F{yyyymm}{seq:5}", _("回款计划编号的格式"), "SAL-6")
_numbered("payment", "R{yyyymm}{seq:5}", _("回款编号的格式"), "SAL-6")
_numbered("order", "D{yyyymm}{seq:5}", _("订单编号的格式"), "SAL-7")
