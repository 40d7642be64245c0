"""The figures of work."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kezhi.access.figure_areas import register_figure_area
from kezhi.core.figures import Figure, FigureKind, Scalar, register_figure
from kezhi.core.numbering import check_pattern

register_figure_area("work", pgettext_lazy("plural", "任务"), order=40)


def _pattern(value: Scalar, department_id: int | None) -> None:
    check_pattern(str(value))


register_figure(
    Figure(
        "work.task_number_pattern",
        "T{yyyymm}{seq:5}",
        kind=FigureKind.TEXT,
        label=_("任务编号的格式"),
        maximum=40,
        check=_pattern,
    )
)
