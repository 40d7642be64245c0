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
register_figure(
    Figure(
        "sales.link_lock",
        "on",
        kind=FigureKind.CHOICE,
        choices=(("off", _("默认不锁定")), ("on", _("默认锁定，可以取消")), ("always", _("一律锁定"))),
        label=_("对外链接是否锁定给收件人"),
        help=_("锁定的链接要用发到收件人邮箱的一次性验证码打开，转发给别人也打不开。"),
        source="SAL-9",
    )
)
for _key, _default, _largest, _unit, _label in (
    ("sales.link_code_minutes", 15, 1440, _("分钟"), _("链接验证码多久有效")),
    ("sales.link_code_wait", 1, 60, _("分钟"), _("同一链接隔多久才再发一个验证码")),
    ("sales.link_code_tries", 5, 20, _("次"), _("一个链接验证码可试错多少次")),
    ("sales.link_code_misses", 25, 500, _("次"), _("链接的验证码一共试错多少次后不再发送")),
    ("sales.link_unlocked_hours", 24, 720, _("小时"), _("输过验证码的设备多久内不用再输")),
    ("sales.link_forwarded_from", 3, 100, _("个"), _("多少个设备或网络打开同一链接时提示可能被转发")),
):
    register_figure(
        Figure(
            _key,
            _default,
            kind=FigureKind.INTEGER,
            unit=_unit,
            minimum=1,
            maximum=_largest,
            label=_label,
            source="SAL-9",
        )
    )
register_figure(
    Figure(
        "sales.quote_mail_paper",
        True,
        kind=FigureKind.BOOLEAN,
        label=_("报价邮件默认附上 PDF"),
        help=_("附件谁收到都能打开；锁定只管链接。"),
        source="SAL-4",
    )
)
