"""The figures of leads: entry pages, how fast a lead is answered, what a score is made of (LEAD-1 … LEAD-7)."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.core.figures import Figure, FigureKind, Scalar, integer_figure, register_figure, text_figure
from kezhi.core.values.problem import ValueProblem
from kezhi.records.lists import list_choices

Text = str | Promise


def _number(
    key: str, default: int, label: Text, unit: Text, most: int, source: str, *, least: int = 1, help: Text = ""
) -> None:
    register_figure(
        Figure(
            f"sales.{key}",
            default,
            kind=FigureKind.INTEGER,
            label=label,
            unit=unit,
            minimum=least,
            maximum=most,
            source=source,
            help=help,
        )
    )


def _channels(value: Scalar, department_id: int | None) -> None:
    read_channel_points(str(value))


def read_channel_points(text: str) -> dict[str, int]:
    """ "exhibition 10 partner 15" as points by channel; names on the list are understood too.

    Raises:
        ValueProblem: a word is no channel, or a number is missing or too large.
    """
    words = text.replace("=", " ").replace("，", " ").replace(",", " ").split()
    points: dict[str, int] = {}
    for word, number in zip(words[::2], words[1::2], strict=False):
        channel = list_choices("source").find(word)
        if channel is None:
            raise ValueProblem("choice.unknown", _("没有“%(value)s”这个来源渠道"), {"value": word[:40]})
        if not number.isdecimal() or int(number) > 100:
            raise ValueProblem("score.points", _("“%(value)s”后面请写 0 到 100 的分数"), {"value": word[:40]})
        points[channel] = int(number)
    if len(words) % 2:
        raise ValueProblem("score.points", _("“%(value)s”后面请写 0 到 100 的分数"), {"value": words[-1][:40]})
    return points


def channel_points() -> Mapping[str, int]:
    """Points by channel as they hold now; a text that no longer fits the list counts nothing."""
    try:
        return read_channel_points(text_figure("sales.score_channels"))
    except ValueProblem:
        return {}


# What a lead may have, and how many points it brings (LEAD-7): key → (points, words).
SCORED: dict[str, tuple[int, Text]] = {
    "phone": (10, _("有电话")),
    "email": (5, _("有邮箱")),
    "contact": (5, _("知道联系人")),
    "position": (5, _("知道职位")),
    "industry": (5, _("知道行业")),
    "need": (10, _("写了需求")),
    "interest": (10, _("有感兴趣的产品")),
    "budget": (15, _("有预算")),
    "soon": (15, _("近期采购")),
    "known_customer": (10, _("已有的客户")),
    "contacted": (5, _("联系过")),
}

register_figure(
    Figure(
        "sales.unknown_contact",
        "未知联系人",  # zh-data
        kind=FigureKind.TEXT,
        label=_("没有联系人姓名时写什么"),
        minimum=1,
        maximum=40,
        source="LEAD-2",
    )
)
_number("lead_response_exhibition", 24, _("展会线索多久内首次联系"), _("小时"), 720, "LEAD-4")
_number("lead_response_ads", 48, _("线上广告线索多久内首次联系"), _("小时"), 720, "LEAD-4")
_number("lead_quiet_days", 3, _("线索分配后几天没有联系要上报"), _("天"), 90, "LEAD-4")
_number("lead_unowned_minutes", 30, _("线索多久没有负责人要告诉数据管理员"), _("分钟"), 1440, "LEAD-3")
_number(
    "form_per_address",
    30,
    _("一个网络地址每分钟最多提交几次录入页"),
    _("次"),
    1000,
    "LEAD-1",
    help=_("展会现场的人常常共用一个地址，不要设得太小。"),
)
_number("form_per_minute", 600, _("一个录入页每分钟最多收几次提交"), _("次"), 100_000, "LEAD-1")
_number("form_hours", 24, _("录入页打开多久之内可以提交"), _("小时"), 168, "LEAD-1")
_number(
    "form_wait_seconds",
    3,
    _("录入页打开几秒后才收提交"),
    _("秒"),
    60,
    "LEAD-1",
    least=0,
    help=_("比人打字还快的提交，要再点一次才收。"),
)
_number("score_soon_days", 90, _("评分：几天之内采购算近期"), _("天"), 730, "LEAD-7")

for key, (points, words) in SCORED.items():
    _number(f"score_{key}", points, words, _("分"), 100, "LEAD-7", least=0, help=_("线索评分里这一项加几分。"))

register_figure(
    Figure(
        "sales.score_channels",
        "exhibition 10 partner 15 web_form 10 phone 10",
        kind=FigureKind.TEXT,
        label=_("评分：来源渠道各加几分"),
        help=_("渠道和分数用空格隔开，例如“行业展会 10 合作伙伴转介绍 15”。"),
        maximum=400,
        source="LEAD-7",
        check=_channels,
    )
)


def points_of(fact: str) -> int:
    """How many points a fact brings now."""
    return integer_figure(f"sales.score_{fact}")
