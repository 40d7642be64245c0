"""Handing over what a line of the inbox is about: a colleague gets it as a task, and the line is done with."""

from datetime import datetime, time
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor, user_actor
from kezhi.access.directory import person_name
from kezhi.access.policies import GuardedQuerySet
from kezhi.core.clock import company_zone, local, now
from kezhi.core.values.dirt import written
from kezhi.core.workdays import add_workdays
from kezhi.records.operations import InvalidRecord
from kezhi.records.presenting import present
from kezhi.records.registry import RecordType, find_record_type
from kezhi.work.inbox_acts import mark_done, mine
from kezhi.work.models import Notification, Task
from kezhi.work.operations.task_handover import may_take
from kezhi.work.operations.tasks import About, plan_task

Text = str | Promise
_TASK = "task"


def can_be_handed_over(row: Notification) -> bool:
    """Whether a line can become a colleague's task; tasks and approvals are handed over themselves."""
    return bool(
        row.about_type
        and row.about_id
        and row.about_type != _TASK
        and row.state != Notification.State.DONE
        and not (row.needs_action and row.source_type)
    )


@transaction.atomic
def hand_over_notice(
    row: Notification, owner_id: int, *, actor: Actor, title: str, due_at: datetime | None, note: str = ""
) -> Task:
    """Give a colleague the matter of one's own line as a task about its record; they are told, the line is done with.

    Raises:
        InvalidRecord: by field (owner, title, due_at) why not.
        Notification.DoesNotExist: nothing of the actor's own that can be handed over.
    """
    stored: Notification = mine(actor).select_for_update(of=("self",)).get(pk=row.pk)
    known = find_record_type(stored.about_type)
    if known is None or not can_be_handed_over(stored):
        raise Notification.DoesNotExist
    record = _seen(known, stored, actor).first()
    if record is None:
        raise Notification.DoesNotExist
    problems: dict[str, Text] = {}
    if not written(title):
        problems["title"] = _("请写明要做的事")
    if due_at is not None and due_at <= now():
        problems["due_at"] = _("截止时间要晚于现在")
    if owner_id not in dict(may_take(actor)):
        problems["owner"] = _("请选择要转交给的同事")
    elif not _seen(known, stored, user_actor(owner_id)).exists():
        problems["owner"] = _("%(name)s看不到这条记录，请先把记录转交或共享给对方") % {"name": person_name(owner_id)}
    if problems:
        raise InvalidRecord(problems)
    task = plan_task(
        written(title),
        owner_id=owner_id,
        due_at=due_at,
        actor=actor,
        about=About(known.key, record.pk, present(record, user_actor(owner_id)).title),
        detail=note.strip(),
    )
    mark_done([stored.pk], actor=actor)
    return task


def usual_due(row: Notification) -> datetime:
    """Until when whoever takes it over has, unless something else is said."""
    if row.due_at is not None and row.due_at > now():
        return row.due_at
    return datetime.combine(add_workdays(local(now()).date(), 1), time(17), company_zone())


def _seen(known: RecordType, row: Notification, actor: Actor) -> GuardedQuerySet[Any]:
    return known.model.objects.visible_to(actor).filter(pk=row.about_id).select_related(*known.related_load)
