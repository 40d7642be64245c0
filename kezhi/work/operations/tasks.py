"""Planning, finishing, postponing, dropping and reopening tasks."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import require
from kezhi.access.rights import stand_ins
from kezhi.core.clock import local, now
from kezhi.core.values.dirt import written
from kezhi.records.behaviour import Draft
from kezhi.records.operations import InvalidRecord, change_record
from kezhi.records.operations.words import refuse_sensitive_words
from kezhi.records.operations.writing import store_changes, store_new
from kezhi.records.registry import record_type
from kezhi.work.models import Task


@dataclass(frozen=True, slots=True)
class About:
    """The record a task is about."""

    record_type: str
    record_id: int
    title: str


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """A task somebody is to be given, and whose act it follows from."""

    title: str
    owner_id: int
    due_at: datetime | None
    actor: Actor
    about: About | None = None
    origin: str = ""
    origin_id: int | None = None
    detail: str = ""
    priority: str = "normal"


def plan_task(
    title: str,
    *,
    owner_id: int,
    due_at: datetime | None,
    actor: Actor,
    about: About | None = None,
    origin: str = "",
    origin_id: int | None = None,
    detail: str = "",
    priority: str = "normal",
) -> Task:
    """Give somebody a task that follows from another act (a follow-up's next action, a review …).

    Whoever may do that act may hand out its task, so no grant on tasks is asked for. Somebody away today keeps the task
    in their own name; their stand-in sees it through the rights of standing in (ORG-6).
    """
    return plan_tasks([TaskPlan(title, owner_id, due_at, actor, about, origin, origin_id, detail, priority)])[0]


@transaction.atomic
def plan_tasks(plans: Sequence[TaskPlan]) -> list[Task]:
    """Hand out the tasks that follow from one act on many records, in their order; see :func:`plan_task`."""
    if not plans:
        return []
    return store_new(record_type("task"), [_planned(plan) for plan in plans], actor=plans[0].actor)


def _planned(plan: TaskPlan) -> Draft:
    task = Task(
        title=plan.title[:200],
        detail=plan.detail,
        owner_id=plan.owner_id,
        due_at=plan.due_at,
        priority=plan.priority,
        about_type=plan.about.record_type if plan.about else "",
        about_id=plan.about.record_id if plan.about else None,
        about_title=plan.about.title[:200] if plan.about else "",
        origin=plan.origin,
        origin_id=plan.origin_id,
        created_by_id=plan.actor.user_id,
        custom={},
        tag_ids=[],
        version=1,
    )
    after: dict[str, Any] = {
        "title": task.title,
        "owner": plan.owner_id,
        "due_at": plan.due_at,
        "about_title": task.about_title,
    }
    facts: dict[str, Any] = {"origin": plan.origin} if plan.origin else {}
    if plan.owner_id in stand_ins():
        facts["stand_in"] = stand_ins()[plan.owner_id]
    after = {key: value for key, value in after.items() if value}
    return Draft(task, {}, after, plan.actor, is_new=True, facts=facts)


def open_planned(origin: str, origin_ids: Collection[int]) -> dict[int, list[Task]]:
    """The open tasks that were given out for these origins."""
    found: dict[int, list[Task]] = {}
    rows = Task.objects.ungated("planned by another act").filter(
        origin=origin, origin_id__in=list(origin_ids), state=Task.State.OPEN, deleted_at__isnull=True
    )
    for task in rows.order_by("pk"):
        found.setdefault(task.origin_id or 0, []).append(task)
    return found


@transaction.atomic
def finish_planned(origin: str, by: Mapping[int, Actor], *, actor: Actor, result: str) -> dict[int, int]:
    """Finish the open tasks that were given out for these origins, since another act has seen to it.

    ``by`` names per origin who did; gives how many tasks each had. As with handing them out, no grant on tasks is
    asked for.
    """
    rows = Task.objects.ungated("planned by another act").filter(
        origin=origin, origin_id__in=list(by), state=Task.State.OPEN, deleted_at__isnull=True
    )
    tasks = list(rows.order_by("pk").select_for_update())
    _store_moves(tasks, Task.State.DONE, actor, result, by=by)
    return dict(Counter(task.origin_id or 0 for task in tasks))


@transaction.atomic
def withdraw_tasks(ids: Collection[int], *, actor: Actor, reason: str) -> list[Task]:
    """Drop these of the open tasks because what they came of was taken back; no grant on tasks is asked for."""
    rows = Task.objects.ungated("came of another act").filter(
        pk__in=list(ids), state=Task.State.OPEN, deleted_at__isnull=True
    )
    tasks = list(rows.order_by("pk").select_for_update(of=("self",)))
    if tasks:
        _store_moves(tasks, Task.State.DROPPED, actor, reason)
    return tasks


def rename_tasks(about_type: str, names: Mapping[int, str]) -> None:
    """Write the names of records into the tasks about them; a stored fact, so without an event."""
    for about_id, name in names.items():
        rows = Task.objects.ungated("stored fact").filter(about_type=about_type, about_id=about_id)
        rows.exclude(about_title=name[:200]).update(about_title=name[:200])


def complete_task(task: Task, *, actor: Actor, result: str = "") -> Task:
    """The task is done; ``result`` says what came of it."""
    return _move(task, Task.State.DONE, actor, result)


def drop_task(task: Task, *, actor: Actor, reason: str) -> Task:
    """The task will not be done; the reason is required.

    Raises:
        InvalidRecord: no reason.
    """
    if not written(reason):
        raise InvalidRecord({"result": _("请写明取消的原因")})
    return _move(task, Task.State.DROPPED, actor, reason)


def reopen_task(task: Task, *, actor: Actor) -> Task:
    """The task is open again."""
    return _move(task, Task.State.OPEN, actor, "")


def postpone_task(task: Task, due_at: datetime, *, actor: Actor) -> Task:
    """The task is due at another time, which must lie ahead.

    Raises:
        InvalidRecord: the time has passed.
    """
    if due_at <= now():
        raise InvalidRecord({"due_at": _("新的截止时间要晚于现在")})
    moved: Task = change_record(task, {"due_at": local(due_at).replace(tzinfo=None)}, actor=actor)
    return moved


@transaction.atomic
def _move(task: Task, state: str, actor: Actor, result: str) -> Task:
    stored: Task = Task.objects.visible_to(actor).select_for_update(of=("self",)).get(pk=task.pk)
    require(actor, "edit", stored)
    if stored.state == state:
        return stored
    refuse_sensitive_words(actor=actor, result=result)
    _store_moves([stored], state, actor, result)
    return stored


def _store_moves(
    tasks: Sequence[Task], state: str, actor: Actor, result: str, *, by: Mapping[int, Actor] | None = None
) -> None:
    drafts = []
    for task in tasks:
        before = {"state": task.state, "done_at": task.done_at, "result": task.result}
        task.state = state
        task.done_at = now() if state != Task.State.OPEN else None
        task.result = written(result)[:500]
        after = {"state": state, "done_at": task.done_at, "result": task.result}
        who = (by or {}).get(task.origin_id or 0, actor)
        drafts.append(Draft(task, before, after, who, is_new=False))
    store_changes(record_type("task"), drafts, actor=actor)
