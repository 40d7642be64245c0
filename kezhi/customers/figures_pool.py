"""The figures of the pool (CUS-15): after how long customers return, and how many somebody may claim."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.access.figure_areas import register_figure_area
from kezhi.core.figures import Figure, FigureKind, boolean_figure, integer_figure, register_figure

register_figure_area("pool", _("公海"), order=11)

# Levels with a figure of their own; all others, and customers without a level, go by "other".
LEVELS: Final = ("VIP", "A", "B", "C")


def _days(
    key: str, default: int, label: str | Promise, help_: str | Promise = "", *, least: int = 0, per: bool = True
) -> None:
    register_figure(
        Figure(
            f"pool.{key}",
            default,
            kind=FigureKind.INTEGER,
            unit=_("天"),
            minimum=least,
            maximum=3650,
            label=label,
            help=help_,
            source="CUS-15",
            per_department=per,
        )
    )


_NEVER = _("从上次跟进（或接手）算起；0 表示不回收。")
_days("recall_vip", 0, _("VIP 客户多久没跟进就回收"), _NEVER)
_days("recall_a", 60, _("A 级客户多久没跟进就回收"), _NEVER)
_days("recall_b", 60, _("B 级客户多久没跟进就回收"), _NEVER)
_days("recall_c", 90, _("C 级客户多久没跟进就回收"), _NEVER)
_days("recall_other", 90, _("其他等级的客户多久没跟进就回收"), _NEVER)
_days("deal_days", 180, _("成交后多少天内不回收"), _("从最近一次签约或下单算起；0 表示成交也不例外。"))
_days("warning_days", 3, _("回收前几天提醒负责人"), least=1, per=False)
_days("protection_days", 14, _("认领后保护多少天"), _("保护期内不回收。"))
_days("reclaim_days", 30, _("放回公海后，原负责人多少天内不能再认领"), _("0 表示可以马上再认领。"))
register_figure(
    Figure(
        "pool.spare_opportunity",
        True,
        kind=FigureKind.BOOLEAN,
        label=_("有进行中商机的客户不回收"),
        source="CUS-15",
        per_department=True,
    )
)
register_figure(
    Figure(
        "pool.claim_daily",
        20,
        kind=FigureKind.INTEGER,
        unit=_("个客户"),
        minimum=0,
        maximum=10000,
        label=_("每人每天最多认领多少个客户"),
        source="CUS-15",
        per_department=True,
    )
)
register_figure(
    Figure(
        "pool.claim_total",
        300,
        kind=FigureKind.INTEGER,
        unit=_("个客户"),
        minimum=0,
        maximum=1000000,
        label=_("手上有多少个客户就不能再认领"),
        source="CUS-15",
        per_department=True,
    )
)
register_figure(
    Figure(
        "pool.depth",
        1,
        kind=FigureKind.INTEGER,
        unit=_("级"),
        minimum=0,
        maximum=9,
        label=_("公海按第几级部门分开"),
        help=_("0 表示全公司一个公海；1 表示公司下面的每个一级部门各有一个，依此类推。"),
        source="CUS-15",
    )
)


@dataclass(frozen=True, slots=True)
class RecallTerms:
    """When customers return to the pool: days per level ("" for all others), after a deal; 0 means never or not at all.

    ``spare_opportunity``: those with an open opportunity stay.
    """

    days: dict[str, int]
    deal_days: int
    spare_opportunity: bool

    def days_of(self, level: str) -> int:
        """Days without a follow-up after which a customer of this level returns; 0: never."""
        return self.days.get(level, self.days[""])


def level_key(level: str) -> str:
    """The figure for a level; "" for any other."""
    return f"pool.recall_{level.lower() or 'other'}"


def recall_terms(department_id: int | None) -> RecallTerms:
    """The terms in force for the customers of a department's people."""
    return RecallTerms(
        {level: integer_figure(level_key(level), department_id) for level in (*LEVELS, "")},
        integer_figure("pool.deal_days", department_id),
        boolean_figure("pool.spare_opportunity", department_id),
    )
