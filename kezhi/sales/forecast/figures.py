"""The figures of the forecast (SAL-8)."""

from django.utils.translation import gettext_lazy as _

from kezhi.core.figures import Figure, FigureKind, register_figure

register_figure(
    Figure(
        "sales.forecast_months",
        3,
        kind=FigureKind.INTEGER,
        unit=_("个月"),
        minimum=1,
        maximum=24,
        label=_("销售预测一次看几个月"),
        source="SAL-8",
    )
)
register_figure(
    Figure(
        "sales.forecast_changes_days",
        7,
        kind=FigureKind.INTEGER,
        unit=_("天"),
        minimum=1,
        maximum=92,
        label=_("销售预测与几天前比较"),
        source="SAL-8",
    )
)
