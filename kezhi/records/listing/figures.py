"""The figures of lists, each changeable on screen."""

from django.utils.translation import gettext_lazy as _

from kezhi.access.figure_areas import register_figure_area
from kezhi.core.figures import Figure, FigureKind, register_figure

register_figure_area("lists", _("列表与看板"), order=46)

for _figure in (
    Figure(
        "lists.page_size",
        50,
        kind=FigureKind.INTEGER,
        unit=_("条"),
        minimum=10,
        maximum=200,
        label=_("列表每页多少条"),
    ),
    Figure(
        "lists.page_most",
        200,
        kind=FigureKind.INTEGER,
        unit=_("条"),
        minimum=50,
        maximum=500,
        label=_("列表与接口每页最多多少条"),
    ),
    Figure(
        "lists.count_most",
        10_000,
        kind=FigureKind.INTEGER,
        unit=_("条"),
        minimum=1000,
        maximum=1_000_000,
        label=_("列表最多数到多少条"),
        help=_("更多时显示“10,000+”，列表不会因为数数而变慢。"),
    ),
    Figure(
        "lists.view_indexes",
        20,
        kind=FigureKind.INTEGER,
        unit=_("个"),
        minimum=0,
        maximum=200,
        label=_("最多为视图建多少个索引"),
        help=_("每个索引都让视图更快、让保存和导入慢一点；共享的视图优先。"),
    ),
    Figure(
        "lists.view_index_from",
        5000,
        kind=FigureKind.INTEGER,
        unit=_("条"),
        minimum=1,
        maximum=1_000_000,
        label=_("记录多少条起为视图建索引"),
        help=_("记录更少时，没有索引也一样快。"),
    ),
    Figure(
        "lists.view_index_wait",
        5,
        kind=FigureKind.INTEGER,
        unit=_("秒"),
        minimum=1,
        maximum=60,
        label=_("建索引最多等多久"),
        help=_("数据库正忙时不等更久，当晚再试。"),
    ),
    Figure(
        "lists.sum_seconds",
        2,
        kind=FigureKind.INTEGER,
        unit=_("秒"),
        minimum=1,
        maximum=30,
        label=_("列表合计最多算多久"),
        help=_("算不完时会提示先加条件。"),
    ),
    Figure(
        "lists.bulk_at_once",
        500,
        kind=FigureKind.INTEGER,
        unit=_("条"),
        minimum=50,
        maximum=2000,
        label=_("批量操作当场处理多少条"),
        help=_("更多时在后台处理，可以看到进度。"),
    ),
    Figure(
        "lists.bulk_most",
        50_000,
        kind=FigureKind.INTEGER,
        unit=_("条"),
        minimum=500,
        maximum=1_000_000,
        label=_("一次批量操作最多多少条"),
    ),
    Figure(
        "lists.board_cards",
        20,
        kind=FigureKind.INTEGER,
        unit=_("张"),
        minimum=5,
        maximum=100,
        label=_("看板每列先显示多少张卡片"),
    ),
):
    register_figure(_figure)
