"""The figures of quotes and private links (SAL-4, SAL-9)."""

from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from kezhi.core.figures import Figure, FigureKind, register_figure

register_figure(
    Figure(
        "sales.quote_valid_days",
        30,
        kind=FigureKind.INTEGER,
        unit=_("天"),
        minimum=1,
        maximum=365,
        label=_("报价默认有效多久"),
        source="SAL-4",
        per_department=True,
    )
)
register_figure(
    Figure(
        "sales.quote_discount_limit",
        Decimal(10),
        kind=FigureKind.DECIMAL,
        unit="%",
        minimum=Decimal(0),
        maximum=Decimal(100),
        label=_("折扣超过多少要审批"),
        help=_("一行明细的折扣与整单折扣合起来，最大的一行超过它时，报价要先经审批才能发送。"),
        source="SAL-4",
        per_department=True,
    )
)
register_figure(
    Figure(
        "sales.quote_sets_amount",
        "newest",
        kind=FigureKind.CHOICE,
        choices=(("never", _("不跟随")), ("accepted", _("跟随客户接受的报价")), ("newest", _("跟随最新的报价"))),
        label=_("商机金额是否跟随报价"),
        help=_("有客户接受的报价时总以它为准；“最新”指已发送的报价里最后一份。"),
        source="SAL-4",
    )
)
register_figure(
    Figure(
        "sales.link_pages_a_minute",
        60,
        kind=FigureKind.INTEGER,
        unit=_("次"),
        minimum=5,
        maximum=10_000,
        label=_("同一网络地址每分钟可打开多少次对外链接"),
        help=_("客户一方的同事可能共用一个地址，不要设得太小。"),
        source="SAL-9",
    )
)
register_figure(
    Figure(
        "sales.link_misses_a_minute",
        10,
        kind=FigureKind.INTEGER,
        unit=_("次"),
        minimum=3,
        maximum=1000,
        label=_("同一网络地址每分钟可试错多少次对外链接"),
        source="SAL-9",
    )
)
