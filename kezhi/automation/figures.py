"""The numbers of rules."""

from django.utils.translation import gettext_lazy as _

from kezhi.access.settings_sections import register_figure_area
from kezhi.core.figures import Figure, FigureKind, register_figure

register_figure_area("automation", _("规则"), order=40)

register_figure(
    Figure(
        "automation.settle_seconds",
        60,
        kind=FigureKind.INTEGER,
        unit=_("秒"),
        minimum=0,
        maximum=600,
        label=_("连续修改合并为一次"),
        help=_("同一个人在这段时间里对同一条记录的逐项修改，规则只当作一次修改。0 表示每次修改立即触发规则。"),
        source="AUTO-1",
    )
)
register_figure(
    Figure(
        "automation.max_depth",
        5,
        kind=FigureKind.INTEGER,
        unit=_("层"),
        minimum=1,
        maximum=20,
        label=_("规则引发规则的最大层数"),
        help=_("一条规则的动作可以引发另一条规则；超过这个层数就停下，并在运行记录里写明。"),
        source="AUTO-4",
    )
)
register_figure(
    Figure(
        "automation.attempts",
        4,
        kind=FigureKind.INTEGER,
        unit=_("次"),
        minimum=1,
        maximum=10,
        label=_("动作失败后最多尝试"),
        help=_("每次间隔越来越长；仍然失败的列在“失败的运行”里，可以手工再运行。"),
        source="AUTO-5",
    )
)
register_figure(
    Figure(
        "automation.fold_after",
        5,
        kind=FigureKind.INTEGER,
        unit=_("条"),
        minimum=1,
        maximum=100,
        label=_("同一规则一次发给同一人超过多少条时合并"),
        help=_("合并后收件箱里只有一条，写明共多少条。"),
        source="AUTO-1",
    )
)
register_figure(
    Figure(
        "automation.failing_percent",
        5,
        kind=FigureKind.INTEGER,
        unit="%",
        minimum=1,
        maximum=100,
        label=_("失败率超过多少时标出规则"),
        source="AUTO-6",
    )
)
register_figure(
    Figure(
        "automation.review_days",
        90,
        kind=FigureKind.INTEGER,
        unit=_("天"),
        minimum=7,
        maximum=730,
        label=_("多久提醒管理员复核一次规则"),
        source="AUTO-6",
    )
)
register_figure(
    Figure(
        "automation.keep_runs_days",
        400,
        kind=FigureKind.INTEGER,
        unit=_("天"),
        minimum=30,
        maximum=3650,
        label=_("运行记录保留多久"),
        source="AUTO-6",
    )
)
