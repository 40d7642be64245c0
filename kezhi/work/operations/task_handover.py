"""Handing one task over to a colleague."""

from django.db import transaction
from django.utils.translation import gettext_lazy

from kezhi.access.actors import Actor
from kezhi.access.directory import person_name
from kezhi.access.policies import require
from kezhi.access.rights import organisation
from kezhi.records.behaviour import Draft
from kezhi.records.operations import InvalidRecord
from kezhi.records.operations.writing import store_changes
from kezhi.records.registry import record_type
from kezhi.work.models import Task


def may_take(actor: Actor) -> list[tuple[int, str]]:
    """Who may be handed a task by this person: their department, their superior, and everybody they may assign to."""
    people = organisation()
    owners = actor.owners("task", "assign")
    wanted = set(people.active_ids) if owners is None else set(owners) | actor.rights.department_user_ids
    if actor.user_id is not None:
        wanted |= {boss for boss, reports in people.reports.items() if actor.user_id in reports}
        wanted.discard(actor.user_id)
    return sorted(((key, person_name(key)) for key in wanted & people.active_ids), key=lambda row: row[1])


@transaction.atomic
def hand_over_task(task: Task, owner_id: int, *, actor: Actor, note: str = "") -> Task:
    """The task is another person's from now on, who is told; whoever may edit a task may hand it to a colleague.

    As with a task that follows from an act, no grant to assign is asked for: see :func:`may_take` for who it can be.

    Raises:
        InvalidRecord: nobody this task can be handed to, or it is not open any more.
        NotAllowed: the actor may not edit the task.
    """
    stored: Task = Task.objects.visible_to(actor).select_for_update(of=("self",)).get(pk=task.pk)
    require(actor, "edit", stored)
    if stored.state != Task.State.OPEN:
        raise InvalidRecord({"owner": gettext_lazy("任务已经结束，不用再转交")})
    if owner_id == stored.owner_id or owner_id not in dict(may_take(actor)):
        raise InvalidRecord({"owner": gettext_lazy("请选择要转交给的同事")})
    before, after = {"owner": stored.owner_id}, {"owner": owner_id}
    stored.owner_id = owner_id
    facts = {"note": note.strip()[:200]} if note.strip() else {}
    draft = Draft(stored, dict(before), dict(after), actor, is_new=False, facts=dict(facts))
    store_changes(record_type("task"), [draft], actor=actor)
    return stored
