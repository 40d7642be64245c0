"""What work puts on other apps' pages: places in the frame, a record's open tasks, acts on a task's page."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kezhi.core.clock import now
from kezhi.records.slots import Fill, Place, register_slot
from kezhi.ui.navigation import CreateItem, NavItem, register_create, register_nav
from kezhi.work.models import Task
from kezhi.work.today import task_rows


def _may_view(actor: Any) -> bool:
    return actor is not None and actor.allows("task", "view")


def _open_tasks(place: Place) -> Fill | None:
    if place.record is None or not _may_view(place.actor):
        return None
    rows = Task.objects.visible_to(place.actor).filter(
        about_type=place.record_type.key, about_id=place.record.pk, state=Task.State.OPEN
    )
    tasks = task_rows(list(rows.order_by("due_at", "id")[:20]), place.actor, moment=now())
    return Fill("work/open_tasks.html", {"tasks": tasks}) if tasks else None


def _task_acts(place: Place) -> Fill | None:
    if place.record is None or not place.record_type.policy.allows(place.actor, "edit", place.record):
        return None
    return Fill("work/task_acts.html", {"task": place.record, "is_open": place.record.state == Task.State.OPEN})


register_slot("record.tasks", "*", _open_tasks)
register_slot("record.actions", "task", _task_acts)
register_nav(NavItem("today", _("今日"), "today", "work:today", 10, phone=True))
register_nav(NavItem("tasks", pgettext_lazy("plural", "任务"), "check", "/tasks/", 55, allowed=_may_view))
register_create(
    CreateItem(
        "task",
        _("任务"),
        "check",
        "/tasks/new/",
        40,
        allowed=lambda actor: actor is not None and actor.allows("task", "create"),
    )
)
