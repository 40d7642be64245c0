"""What a new company still has to do, on the settings home: every app registers its steps at import."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.factors import factors_of
from kezhi.access.figures import FIRST_STEPS_SHOWN
from kezhi.access.models import Department, Position, User
from kezhi.core.figures import boolean_figure

Text = str | Promise


@dataclass(frozen=True, slots=True)
class FirstStep:
    """One thing to do once: where, with which right ("settings.lists"), and how to tell that it was done."""

    key: str
    label: Text
    help: Text
    url_name: str
    area_action: str
    is_done: Callable[[Actor], bool]
    order: int


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A step for one reader; ``done`` was found out just now."""

    step: FirstStep
    done: bool


_steps: dict[str, FirstStep] = {}


def register_first_step(
    key: str,
    label: Text,
    url_name: str,
    area_action: str,
    is_done: Callable[[Actor], bool],
    order: int,
    *,
    help: Text = "",
) -> None:
    """Put a step on the list; a known key is replaced."""
    _steps[key] = FirstStep(key, label, help, url_name, area_action, is_done, order)


def first_steps_for(actor: Actor) -> list[ShownStep]:
    """The steps this actor may take, in order; empty once all are done or the list was put away."""
    if not boolean_figure(FIRST_STEPS_SHOWN.key) or not actor.allows("settings", "organisation"):
        return []
    mine = [step for step in _steps.values() if actor.allows(*step.area_action.rsplit(".", 1))]
    shown = [ShownStep(step, step.is_done(actor)) for step in sorted(mine, key=lambda step: (step.order, step.key))]
    return shown if any(not step.done for step in shown) else []


register_first_step(
    "departments", _("部门与职位"), "access:departments", "settings.organisation",
    lambda _actor: Department.objects.exists() and Position.objects.exists(), 10,
    help=_("核对部门的上下级，写上大家的职位。规则、审批和看得到什么都按部门来。"),
)  # fmt: skip
register_first_step(
    "people", _("请同事进来"), "access:users", "settings.organisation",
    lambda _actor: User.objects.filter(is_active=True).count() > 1, 20,
    help=_("一个一个添加，或者导入一份名单；每人选好部门、上级和角色。"),
)  # fmt: skip
register_first_step(
    "second-factor", _("给自己加上两步验证"), "access:me", "settings.organisation",
    lambda actor: actor.user_id is not None and factors_of(actor.user_id).any, 30,
    help=_("系统管理员什么都看得到，光有密码不够稳妥。"),
)  # fmt: skip
