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
_number("contacts_daily", 2, _("次"), _("一天里全公司联系同一客户最多几次"), "FUP-6", _("超过时在写跟进的地方提醒。"))
_number("contacts_weekly", 4, _("次"), _("7 天里全公司联系同一客户最多几次"), "FUP-6")
register_figure(
    Figure(
        "engagement.good_hours",
        "10:00–11:00、15:00–16:00",
        kind=FigureKind.TEXT,
        label=_("建议联系客户的时间"),
        maximum=100,
        source="FUP-6",
    )
)
register_figure(
    Figure(
        "engagement.no_promises",
        # zh-data
        "绝对低价 全网最低 保证解决 24小时解决 永久免费 包退包换 百分之百",
        kind=FigureKind.TEXT,
        label=_("不该承诺的说法"),
        help=_("跟进、报价邮件和消息模板里出现这些话会提醒；用空格隔开。"),
        maximum=1000,
        source="FUP-6",
    )
)
