"""The figures of engagement (FUP-2 … FUP-4)."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kezhi.access.figure_areas import register_figure_area
from kezhi.core.figures import Figure, FigureKind, Scalar, register_figure, text_figure
from kezhi.core.numbering import check_pattern
from kezhi.core.values.problem import ValueProblem
from kezhi.records.lists import list_choices

register_figure_area("engagement", pgettext_lazy("plural", "跟进"), order=12)


def _pattern(value: Scalar, department_id: int | None) -> None:
    check_pattern(str(value))


def _levels(value: Scalar, department_id: int | None) -> None:
    for word in str(value).split():
        if list_choices("level").find(word) is None:
            raise ValueProblem("choice.unknown", _("没有“%(value)s”这个客户等级"), {"value": word[:40]})


def help_levels() -> list[str]:
    """Keys of the levels whose neglected customers a manager is told of; names on the list are understood too."""
    found = (list_choices("level").find(word) for word in text_figure("engagement.help_levels").split())
    return [key for key in found if key is not None]


register_figure(
    Figure(
        "engagement.number_pattern",
        "G{yyyymm}{seq:5}",
        kind=FigureKind.TEXT,
        label=_("跟进编号的格式"),
        maximum=40,
        check=_pattern,
    )
)
register_figure(
    Figure(
        "engagement.quiet_days",
        7,
        kind=FigureKind.INTEGER,
        unit=_("天"),
        minimum=1,
        maximum=365,
        label=_("客户多久未跟进要提醒负责人"),
        source="FUP-4",
        per_department=True,
    )
)
register_figure(
    Figure(
        "engagement.help_levels",
        "VIP A",
        kind=FigureKind.TEXT,
        label=_("哪些等级的客户没人联系要告诉主管"),
        help=_("客户等级，用空格隔开；留空则不提醒主管。"),
        maximum=200,
        source="FUP-4",
        check=_levels,
    )
)
register_figure(
    Figure(
        "engagement.help_factor",
        2,
        kind=FigureKind.INTEGER,
        unit=_("倍"),
        minimum=1,
        maximum=20,
        label=_("隔了几倍的提醒天数才告诉主管"),
        help=_("未跟进要提醒负责人的天数乘上它。"),
        source="FUP-4",
        per_department=True,
    )
)
register_figure(
    Figure(
        "engagement.vague_words",
        # zh-data
        "再说 再联系 保持联系 继续跟进 跟进 一下 沟通 后续 持续 随时 等通知 看看 有空 看情况 尽快 回头 "
        "follow up later keep in touch asap tbd",
        kind=FigureKind.TEXT,
        label=_("下一步里算作含糊的说法"),
        help=_("只写了这些话的下一步不能保存；用空格隔开。"),
        maximum=1000,
        source="FUP-2",
    )
)
register_figure(
    Figure(
        "engagement.next_action_least",
        4,
        kind=FigureKind.INTEGER,
        unit=_("个字"),
        minimum=1,
        maximum=50,
        label=_("下一步至少写多少字"),
        source="FUP-2",
    )
)
register_figure(
    Figure(
        "engagement.first_contact_of_imported",
        False,
        kind=FigureKind.BOOLEAN,
        label=_("导入的客户也开始“首次联系”计时"),
        help=_("关：只有新建和分配的客户计时，从别处搬来的老客户不计。"),
        source="FUP-4",
    )
)
