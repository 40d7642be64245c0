"""The figures of cadence plans and of what customers signal (FUP-1, FUP-5)."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.core.figures import Figure, FigureKind, register_figure


def _number(
    key: str, default: int, unit: str | Promise, label: str | Promise, source: str, help_: str | Promise = ""
) -> None:
    register_figure(
        Figure(
            f"engagement.{key}",
            default,
            kind=FigureKind.INTEGER,
            unit=unit,
            minimum=1,
            maximum=3650,
            label=label,
            help=help_,
            source=source,
        )
    )


_number("dormant_months", 6, _("个月"), _("多久没有往来算沉睡客户"), "FUP-1")
_number("wake_days", 7, _("天"), _("唤醒沉睡客户后等几天回应"), "FUP-1", _("没有回应就转为每季度联系。"))
_number("eager_days", 30, _("天"), _("客户态度积极后，加密联系多少天"), "FUP-5")
_number("eager_factor", 2, _("倍"), _("客户态度积极时，联系加密几倍"), "FUP-5")
_number("resting_months", 3, _("个月"), _("客户态度消极后，停多久再重新评估"), "FUP-5")
_number("feed_calls", 60, _("次"), _("一个地址每分钟最多读取多少次日历订阅"), "FUP-9")
