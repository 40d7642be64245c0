"""The figures of pipelines (SAL-1 … SAL-3)."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.core.figures import Figure, FigureKind, register_figure


def _days(key: str, default: int, label: str | Promise, source: str, unit: str | Promise) -> None:
    register_figure(
        Figure(
            f"sales.{key}",
            default,
            kind=FigureKind.INTEGER,
            unit=unit,
            minimum=1,
            maximum=3650,
            label=label,
            source=source,
        )
    )


_days("interested_days", 7, _("进入意向客户多少天后联系"), "SAL-3", _("天"))
_days("overstay_days", 7, _("商机停留过久多少天后上报"), "SAL-1", _("天"))
_days("no_step_days", 7, _("商机多少天没有动作时提醒"), "SAL-2", _("天"))
_days("letter_minutes", 480, _("草稿邮件多少工作分钟内发出"), "SAL-3", _("分钟"))
