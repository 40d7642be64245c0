"""The figures of records, each changeable on screen."""

from django.utils.translation import gettext_lazy as _

from kezhi.core.figures import Figure, FigureKind, register_figure

register_figure(
    Figure(
        "records.recycle_days",
        30,
        kind=FigureKind.INTEGER,
        unit=_("天"),
        minimum=1,
        maximum=365,
        label=_("回收站保留多久"),
        help=_("过期后彻底删除，不能再恢复。"),
    )
)
