"""The figures of customers (CUS-1 … CUS-11), each changeable on screen."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from kezhi.access.figure_areas import register_figure_area
from kezhi.core.figures import Figure, FigureKind, Scalar, register_figure
from kezhi.core.numbering import check_pattern

register_figure_area("customers", _("客户"), order=10)


def _pattern(value: Scalar, department_id: int | None) -> None:
    check_pattern(str(value))


register_figure(
    Figure(
        "customers.number_pattern",
        "C{yyyymm}{seq:4}",
        kind=FigureKind.TEXT,
        label=_("客户编号的格式"),
        help=_("{yyyymm} 是年月，{seq:4} 是四位顺序号。编号生成后不再改变。"),
        maximum=40,
        source="CUS-1",
        check=_pattern,
    )
)
register_figure(
    Figure(
        "customers.contact_number_pattern",
        "L{yyyymm}{seq:5}",
        kind=FigureKind.TEXT,
        label=_("联系人编号的格式"),
        maximum=40,
        source="CUS-2",
        check=_pattern,
    )
)
register_figure(
    Figure(
        "customers.review",
        "off",
        kind=FigureKind.CHOICE,
        choices=(("off", _("不审核")), ("new", _("只审新建的")), ("all", _("新建与修改都审"))),
        label=_("哪些客户资料要审核"),
        help=_("要审核的资料先等资料专员看过。"),
        source="CUS-9",
        per_department=True,
    )
)
register_figure(
    Figure(
        "customers.completeness_target",
        95,
        kind=FigureKind.INTEGER,
        unit=_("%"),
        minimum=0,
        maximum=100,
        label=_("资料完整度目标"),
        source="CUS-10",
    )
)
register_figure(
    Figure(
        "customers.recheck_months",
        12,
        kind=FigureKind.INTEGER,
        unit=_("个月"),
        minimum=1,
        maximum=60,
        label=_("多久没有核实的资料要重新核对"),
        source="CUS-11",
    )
)
register_figure(
    Figure(
        "customers.match_probability",
        Decimal("0.5"),
        kind=FigureKind.RATE,
        minimum=Decimal("0.1"),
        maximum=Decimal("0.999"),
        label=_("多大可能才列为疑似重复"),
        help=_("0 到 1；越小列出的越多。"),
        source="CUS-12",
    )
)
register_figure(
    Figure(
        "customers.recheck_batch",
        100,
        kind=FigureKind.INTEGER,
        unit=_("条"),
        minimum=1,
        maximum=5000,
        label=_("每月重新核对多少条资料"),
        source="CUS-11",
    )
)
register_figure(
    Figure(
        "customers.verification_days",
        5,
        kind=FigureKind.INTEGER,
        unit=_("个工作日"),
        minimum=1,
        maximum=60,
        label=_("待核实的资料要在几个工作日内核实"),
        source="CUS-9",
    )
)
