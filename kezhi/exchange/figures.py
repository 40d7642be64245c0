"""The figures of import and export, each changeable on screen."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from kezhi.access.figure_areas import register_figure_area
from kezhi.core.figures import Figure, FigureKind, register_figure

register_figure_area("exchange", _("导入与导出"), order=50)

for _figure in (
    Figure(
        "exchange.import_rows",
        200_000,
        kind=FigureKind.INTEGER,
        unit=_("行"),
        minimum=100,
        maximum=1_000_000,
        label=_("一次最多导入多少行"),
        source="DATA-1",
    ),
    Figure(
        "exchange.import_columns",
        500,
        kind=FigureKind.INTEGER,
        unit=_("列"),
        minimum=10,
        maximum=2_000,
        label=_("导入的表最多有多少列"),
        source="DATA-1",
    ),
    Figure(
        "exchange.import_megabytes",
        50,
        kind=FigureKind.INTEGER,
        unit=_("MB"),
        minimum=1,
        maximum=200,
        label=_("导入文件最大多少 MB"),
        source="DATA-1",
    ),
    Figure(
        "exchange.import_batch",
        500,
        kind=FigureKind.INTEGER,
        unit=_("行"),
        minimum=10,
        maximum=2_000,
        label=_("导入时每批写入多少行"),
        help=_("每批一次提交。越大越快，别人等待写入的时间也越长。"),
        source="DATA-1",
    ),
    Figure(
        "exchange.import_keep_days",
        30,
        kind=FigureKind.INTEGER,
        unit=_("天"),
        minimum=1,
        maximum=365,
        label=_("导入的原文件和行保留多久"),
        help=_("过期后删除原文件和逐行内容，导入记录保留。过期的导入不能再撤销。"),
        source="DATA-1",
    ),
    Figure(
        "exchange.largest_amount",
        Decimal(100_000_000_000),
        kind=FigureKind.MONEY,
        unit=_("元"),
        minimum=Decimal(10_000),
        maximum=Decimal(100_000_000_000_000),
        label=_("导入时超过多大的金额要核对"),
        source="ANA-5",
    ),
    Figure(
        "exchange.export_rows",
        200_000,
        kind=FigureKind.INTEGER,
        unit=_("行"),
        minimum=100,
        maximum=1_000_000,
        label=_("一次最多导出多少行"),
        source="DATA-2",
    ),
    Figure(
        "exchange.export_keep_days",
        7,
        kind=FigureKind.INTEGER,
        unit=_("天"),
        minimum=1,
        maximum=90,
        label=_("导出的文件保留多久"),
        source="DATA-2",
    ),
    Figure(
        "exchange.new_entries",
        60,
        kind=FigureKind.INTEGER,
        unit=_("个"),
        minimum=0,
        maximum=500,
        label=_("一份名单最多给一个选项列表自动添上多少个新选项"),
        help=_("只有能管理选项列表的人导入时才会添；每个词都可以在“对应列”一步改掉。0 表示从不自动添。"),
        source="CUS-5",
    ),
    Figure(
        "exchange.new_entries_percent",
        30,
        kind=FigureKind.INTEGER,
        unit="%",
        minimum=1,
        maximum=100,
        label=_("一列里多大比例的行写着列表外的词，才当作另一家的列表一起带进来"),
        help=_("低于这个比例当作写错，这些行列为有问题。"),
        source="CUS-5",
    ),
    Figure(
        "exchange.phones_of_one_mask",
        10,
        kind=FigureKind.INTEGER,
        unit=_("行"),
        minimum=1,
        maximum=10_000,
        label=_("看不到完整电话的人，一份名单里最多有多少个电话只在隐去的几位上不同"),
        help=_(
            "多出的行不比对也不导入，免得用名单试出隐去的数字。能看完整电话的人不受限制；超过 20 万行的名单可以调大。"
        ),
        source="ORG-4",
    ),
):
    register_figure(_figure)
