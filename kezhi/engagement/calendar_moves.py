"""Putting what stands in a calendar on another day (FUP-9): what may be moved, and words for what may not."""

from datetime import date, datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kezhi.access.actors import Actor
from kezhi.access.models import FieldLevel
from kezhi.access.policies import NotAllowed, allows
from kezhi.core.clock import company_zone, local, today
from kezhi.core.values.problem import ValueProblem
from kezhi.records.operations import InvalidRecord, change_record
from kezhi.records.presenting import present
from kezhi.records.registry import RecordType, record_type
from kezhi.work.models import Task
from kezhi.work.operations import postpone_task

_TASK = "task"
# Key of an entry without its number → the type and the day that is moved.
_DAYS = {"instalment-due_on": ("instalment", "due_on")}
_FIXED = {
    "customer-cadence_next_on": gettext_lazy(
        "计划联系日由联系计划按等级和上次跟进算出，不能在这里改。记一次跟进，日期会重新算。"
    ),
    "contract-ends_on": gettext_lazy("合同到期日写在合同里，不能在日历里改。请打开合同，用补充协议变更。"),
}


def move_entry(key: str, day: date, *, actor: Actor) -> tuple[str, bool]:
    """Put an entry on another day; gives its title and whether anything changed. A task keeps its time of day.

    Raises:
        ValueProblem: it cannot be moved, or not to that day; says why.
        ObjectDoesNotExist: the actor sees no such thing.
    """
    known, field, record = _found(key, actor)
    title = present(record, actor).title
    is_task = known.key == _TASK
    if not allows(actor, "edit", record) or known.level(field, actor) != FieldLevel.WRITE:
        raise ValueProblem("calendar.rights", _("您可以看“%(title)s”，但不能改它的日期。"), {"title": title})
    if day < today():
        raise ValueProblem("calendar.past", _("不能挪到已经过去的日子。"))
    held = getattr(record, field)
    if held is None or (is_task and record.state != Task.State.OPEN):
        raise ValueProblem("calendar.done", _("“%(title)s”已经结束，不用再挪。"), {"title": title})
    before = local(held).date() if is_task else held
    if before == day:
        return title, False
    try:
        if is_task:
            moment = datetime.combine(day, local(held).time(), company_zone())
            postpone_task(record, moment, actor=actor)
        else:
            change_record(record, {field: day.isoformat()}, actor=actor)
    except InvalidRecord as error:
        raise ValueProblem("calendar.refused", next(iter(error.problems.values()))) from error
    except NotAllowed as error:
        raise ValueProblem("calendar.rights", str(error)) from error
    return title, True


def standing(key: str, *, actor: Actor) -> tuple[str, date | None]:
    """What an entry is called and the day it stands on, for the question where to.

    Raises:
        ValueProblem: it cannot be moved; says why.
        ObjectDoesNotExist: the actor sees no such thing.
    """
    known, field, record = _found(key, actor)
    held = getattr(record, field) if known.level(field, actor) in (FieldLevel.READ, FieldLevel.WRITE) else None
    return present(record, actor).title, local(held).date() if isinstance(held, datetime) else held


def _found(key: str, actor: Actor) -> tuple[RecordType, str, Any]:
    kind, _dash, number = key.rpartition("-")
    if kind in _FIXED:
        raise ValueProblem("calendar.fixed", _FIXED[kind])
    if kind != _TASK and kind not in _DAYS:
        raise ValueProblem("calendar.fixed", _("这类安排不能在日历里挪。"))
    if not number.isascii() or not number.isdecimal() or len(number) > 18:
        raise ObjectDoesNotExist(key)
    type_key, field = (_TASK, "due_at") if kind == _TASK else _DAYS[kind]
    known = record_type(type_key)
    return known, field, known.model.objects.visible_to(actor).get(pk=int(number), deleted_at__isnull=True)


def is_movable(key: str) -> bool:
    """Whether entries of this kind can be put on another day at all."""
    kind = key.rpartition("-")[0]
    return kind == _TASK or kind in _DAYS
