"""The figures of notifications."""

import datetime as dt
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from kezhi.access.figure_areas import register_figure_area
from kezhi.core.figures import Figure, FigureKind, Scalar, register_figure
from kezhi.core.values.problem import ValueProblem


def _check_address(value: Scalar, department_id: int | None) -> None:
    parts = urlsplit(str(value))
    if value and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
        raise ValueProblem("address.form", _("请填完整的网址，例如 https://crm.example.com"))


register_figure_area("notices", _("消息与通知"), order=42)

CHANNEL_TRIES = register_figure(
    Figure(
        "notices.channel_tries",
        3,
        kind=FigureKind.INTEGER,
        unit=_("次"),
        minimum=1,
        maximum=20,
        label=_("一个通道连续失败几次算中断"),
        help=_("失败满这个次数，消息改走收件人的下一个通道，并提醒管理员。"),
        source="AUTO-5",
    )
)
CHANNEL_RETRY_MINUTES = register_figure(
    Figure(
        "notices.channel_retry_minutes",
        5,
        kind=FigureKind.INTEGER,
        unit=_("分钟"),
        minimum=1,
        maximum=1440,
        label=_("通道中断后隔多久再试一次"),
        source="AUTO-5",
    )
)
DELIVERY_HOURS = register_figure(
    Figure(
        "notices.delivery_hours",
        24,
        kind=FigureKind.INTEGER,
        unit=_("小时"),
        minimum=1,
        maximum=720,
        label=_("发不出去的消息最多等多久"),
        help=_("过了这个时间就不再从这个通道发送，应用内的消息仍然在。"),
        source="AUTO-5",
    )
)
ADDRESS = register_figure(
    Figure(
        "notices.address",
        "",
        kind=FigureKind.TEXT,
        maximum=200,
        label=_("大家打开本系统用的网址"),
        help=_(
            "例如 https://crm.example.com。邮件和机器人消息里的链接用它；"
            "留空时用设置 KEZHI_ORIGINS 的第一个，也没有时用 kezhi up 所在的地址。"
        ),
        source="UX-5",
        check=_check_address,
    )
)
APART = register_figure(
    Figure(
        "notices.apart",
        3,
        kind=FigureKind.INTEGER,
        unit=_("条"),
        minimum=1,
        maximum=100,
        label=_("同时产生的消息超过几条就合成一封"),
        help=_("一次批量操作或一条规则同时给同一个人的消息超过这个数，只发一封，里面逐条列出。"),
        source="UX-5",
    )
)
KEEP_DAYS = register_figure(
    Figure(
        "notices.keep_days",
        180,
        kind=FigureKind.INTEGER,
        unit=_("天"),
        minimum=7,
        maximum=3650,
        label=_("已处理的消息保留多久"),
        source="UX-5",
    )
)
PULSE_SECONDS = register_figure(
    Figure(
        "notices.pulse_seconds",
        3,
        kind=FigureKind.INTEGER,
        unit=_("秒"),
        minimum=1,
        maximum=600,
        label=_("打开的页面隔多久看一次有没有新消息"),
        source="UX-5",
    )
)
LATER_HOURS = register_figure(
    Figure(
        "notices.later_hours",
        3,
        kind=FigureKind.INTEGER,
        unit=_("小时"),
        minimum=1,
        maximum=12,
        label=_("“今天晚些时候”是几小时以后"),
        source="UX-5",
    )
)
DIGEST_AT = register_figure(
    Figure(
        "notices.digest_at",
        dt.time(9, 0),
        kind=FigureKind.TIME,
        label=_("每天的汇总几点发"),
        help=_("没有自己选时间的人用这个时间。"),
        source="UX-5",
    )
)
