"""The figures of contracts, payment plans, receipts and purchases (SAL-5 … SAL-7, CUS-4)."""

from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.core.figures import Figure, FigureKind, register_figure


def _days(key: str, default: int, label: str | Promise, source: str, *, most: int = 3650) -> None:
    register_figure(
        Figure(
            f"sales.{key}",
            default,
            kind=FigureKind.INTEGER,
            unit=_("天"),
            minimum=0,
            maximum=most,
            label=label,
            source=source,
        )
    )


def _yes(key: str, default: bool, label: str | Promise, source: str, text: str | Promise = "") -> None:
    register_figure(Figure(f"sales.{key}", default, kind=FigureKind.BOOLEAN, label=label, help=text, source=source))


def _from(key: str, default: str, label: str | Promise, text: str | Promise = "") -> None:
    register_figure(
        Figure(
            f"sales.{key}",
            Decimal(default),
            kind=FigureKind.MONEY,
            unit=_("元"),
            minimum=Decimal(0),
            label=label,
            help=text,
            source="CUS-4",
        )
    )


_yes(
    "legal_review",
    True,
    _("合同签署前须经法务审核"),
    "SAL-5",
    _("关闭后，合同可以直接标为待签署。"),
)
_yes("signed_file", False, _("签署合同须先上传签好的文件"), "SAL-5")
_yes(
    "plan_complete",
    False,
    _("签署合同须先排好回款计划"),
    "SAL-6",
    _("排了计划的，无论如何都要与合同金额一致才能签署。"),
)
_days("expiry_first_days", 90, _("合同到期前多少天第一次提醒"), "SAL-5")
_days("expiry_second_days", 30, _("合同到期前多少天第二次提醒"), "SAL-5")
_days("expiry_last_days", 7, _("合同到期前多少天最后提醒"), "SAL-5")
_days("due_soon_days", 7, _("应收款到期前多少天提醒"), "SAL-6")
_days("overdue_days", 1, _("应收款逾期多少天开始提醒"), "SAL-6")
_days("purchase_days", 365, _("按多少天以内的订单计算采购额"), "CUS-4")
_days("order_link_days", 90, _("订单进度的对外链接多少天内有效"), "SAL-9")
_from(
    "strategic_from",
    "1000000",
    _("采购额达到多少是战略客户"),
    _("近 12 个月的订单合计；类型写了说明的客户不按采购额变动。"),
)
_from("key_from", "300000", _("采购额达到多少是重点客户"))
_from("regular_from", "1", _("采购额达到多少是一般客户"), _("不到的是潜在客户。"))
