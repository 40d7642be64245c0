"""The figures of everything that leaves through the network or comes in by webhook, each changeable on screen."""

from django.utils.translation import gettext_lazy as _

from kezhi.access.figure_areas import register_figure_area
from kezhi.core.figures import Figure, FigureKind, Scalar, register_figure
from kezhi.core.values.problem import ValueProblem
from kezhi.exchange.outgoing import split_hosts

register_figure_area("outgoing", _("对外连接"), order=51)
register_figure_area("webhooks", _("Webhook"), order=52)


def _check_hosts(value: Scalar, department_id: int | None) -> None:
    names, networks = split_hosts(str(value))
    for name in names:
        if not all(character.isalnum() or character in ".-" for character in name) or not name.isascii():
            raise ValueProblem("outgoing.host", _("“%(name)s”不是主机名、IP 地址或网段。"), {"name": name[:60]})
    if any(network.prefixlen == 0 for network in networks):
        raise ValueProblem("outgoing.everything", _("不能允许整个网络，请写明主机或网段。"))


def _count(
    key: str, default: int, unit: object, minimum: int, maximum: int, label: object, source: str, help: object = ""
) -> Figure:
    return Figure(
        key,
        default,
        kind=FigureKind.INTEGER,
        unit=unit,  # type: ignore[arg-type]
        minimum=minimum,
        maximum=maximum,
        label=label,  # type: ignore[arg-type]
        help=help,  # type: ignore[arg-type]
        source=source,
    )


for _figure in (
    _count("outgoing.seconds", 10, _("秒"), 1, 60, _("一次对外请求最多等多久"), "DATA-3"),
    _count(
        "outgoing.answer_kilobytes", 256, _("KB"), 1, 10_240, _("对方的回答最多读多少"), "DATA-3", _("超出的部分不读。")
    ),
    Figure(
        "outgoing.allowed_hosts",
        "",
        kind=FigureKind.TEXT,
        maximum=2_000,
        label=_("允许访问的内部主机"),
        help=_(
            "主机名、IP 地址或网段，用逗号分开，例如 erp.local, 10.1.2.0/24。没有列出的内部地址一律不访问。"
            "邮件服务器不受此限。"
        ),
        source="DATA-3",
        check=_check_hosts,
    ),
    _count("outgoing.mail_seconds", 20, _("秒"), 1, 60, _("发一封邮件最多等多久"), "DATA-3"),
    _count("webhooks.attempts", 9, _("次"), 1, 20, _("一条 Webhook 消息最多发几次"), "AUTO-5"),
    _count(
        "webhooks.first_delay_seconds",
        5,
        _("秒"),
        1,
        3_600,
        _("第一次重发前等多久"),
        "AUTO-5",
        _("以后每次等前一次的 6 倍，直到上限。"),
    ),
    _count("webhooks.longest_delay_minutes", 360, _("分钟"), 1, 1_440, _("两次重发之间最多等多久"), "AUTO-5"),
    _count(
        "webhooks.off_after_days",
        3,
        _("天"),
        1,
        30,
        _("连续失败多少天后停用 Webhook"),
        "AUTO-5",
        _("停用时通知创建人和管理员，没送达的消息可以再发。"),
    ),
    _count("webhooks.keep_days", 30, _("天"), 1, 365, _("Webhook 的收发记录保留多久"), "DATA-3"),
    _count("webhooks.in_kilobytes", 64, _("KB"), 1, 1_024, _("收到的 Webhook 消息最大多少"), "DATA-3"),
    _count("webhooks.in_per_minute", 60, _("条"), 1, 6_000, _("每个接收地址每分钟最多收多少条"), "DATA-3"),
    _count(
        "webhooks.tolerance_minutes",
        5,
        _("分钟"),
        1,
        60,
        _("签名的时间最多差多久"),
        "DATA-3",
        _("收到的消息签名时间与现在相差更多时拒收，防止旧消息被重放。"),
    ),
):
    register_figure(_figure)
