"""The promises that follow-ups make and keep: the first contact, the next action, a change learnt (FUP-4, CUS-11).

Clocks follow the event log, so it does not matter through which door a customer, a follow-up or a task came.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor, system_actor
from kezhi.core import epochs
from kezhi.core.figures import boolean_figure
from kezhi.core.models import Event
from kezhi.core.sealing import register_event_reader
from kezhi.customers.models import Contact, Customer
from kezhi.engagement.models import FollowUp
from kezhi.records import kinds
from kezhi.work.deadlines import (
    DeadlineKind,
    Promise,
    cancel_deadlines,
    meet_deadlines,
    move_deadline,
    open_deadlines,
    register_deadline_kind,
    start_deadlines,
)
from kezhi.work.models import Task
from kezhi.work.operations.tasks import About

FIRST_CONTACT = register_deadline_kind(
    DeadlineKind(
        "first_contact",
        _("首次联系"),
        minutes=48 * 60,
        business_time=False,
        starts=_("客户有了负责人、还没有跟进过时开始。"),
        ends=_("第一次记录跟进时完成。"),
        source="FUP-4",
        order=10,
    )
)
NEXT_ACTION = register_deadline_kind(
    DeadlineKind(
        "next_action",
        _("约定的下一步"),
        starts=_("跟进里写了下一步时开始，截止时间是写下的期限。"),
        ends=_("那项任务办完时完成。"),
        source="FUP-4",
        order=20,
    )
)
CHANGE_ENTERED = register_deadline_kind(
    DeadlineKind(
        "change_entered",
        _("获知的变更"),
        minutes=24 * 60,
        business_time=False,
        starts=_("跟进里勾选“客户资料有变化”时开始。"),
        ends=_("修改客户或联系人的资料后完成。"),
        source="CUS-11",
        order=15,
    )
)

_SEEN = (kinds.CREATED.key, kinds.CHANGED.key)
_IN_BULK = ("import", "cli")


def keep_promises(events: Sequence[Event]) -> None:
    """Start, move and end the clocks that these events touch."""
    given: dict[int, datetime] = {}
    followed: dict[int, datetime] = {}
    tasks: dict[int, datetime] = {}
    entered: dict[str, dict[int, datetime]] = {"customer": {}, "contact": {}}
    for event in events:
        if event.kind not in _SEEN:
            continue
        if event.record_type in entered and _enters(event):
            entered[event.record_type][event.record_id] = event.at
        match event.record_type:
            case "customer" if _gives_owner(event):
                given[event.record_id] = event.at
            case "follow_up" if event.kind == kinds.CREATED.key:
                followed[event.record_id] = event.at
            case "task":
                tasks[event.record_id] = event.at
    if given or followed or tasks or any(entered.values()):
        actor = system_actor("promises", door="job")
        with epochs.snapshot():
            _start_first_contacts(given, actor)
            _meet_first_contacts(followed, actor)
            _start_changes(followed, actor)
            _meet_changes(entered["customer"], entered["contact"], actor)
            _follow_tasks(tasks, actor)


def _gives_owner(event: Event) -> bool:
    if event.door in _IN_BULK and not boolean_figure("engagement.first_contact_of_imported"):
        return False
    return event.kind == kinds.CREATED.key or '"owner"' in event.changes


def _enters(event: Event) -> bool:
    """Whether somebody entered what they know of the customer; giving it away or tagging it is none of that."""
    if event.actor_kind not in ("user", "token"):
        return False
    return event.kind == kinds.CREATED.key or bool(set(json.loads(event.changes)) - {"owner", "tags"})


def _start_first_contacts(given: Mapping[int, datetime], actor: Actor) -> None:
    if not given:
        return
    rows = Customer.objects.ungated("promises").filter(
        pk__in=given, owner_id__isnull=False, first_followed_at__isnull=True, deleted_at__isnull=True
    )
    promises = [
        Promise(
            kind=FIRST_CONTACT.key,
            about=About("customer", pk, name),
            owner_id=owner_id,
            started_at=given[pk],
            origin="customer",
            origin_id=pk,
        )
        for pk, name, owner_id in rows.order_by("pk").values_list("pk", "name", "owner_id")
    ]
    start_deadlines(promises, actor=actor)


def _meet_first_contacts(followed: Mapping[int, datetime], actor: Actor) -> None:
    if not followed:
        return
    rows = FollowUp.objects.ungated("promises").filter(pk__in=followed)
    at: dict[int, datetime] = {}
    for pk, customer_id in rows.order_by("pk").values_list("pk", "customer_id"):
        at.setdefault(customer_id, followed[pk])
    meet_deadlines(FIRST_CONTACT.key, "customer", at, actor=actor, at=at)


def _start_changes(followed: Mapping[int, datetime], actor: Actor) -> None:
    if not followed:
        return
    rows = FollowUp.objects.ungated("promises").filter(pk__in=followed, has_changes=True, deleted_at__isnull=True)
    promises = [
        Promise(
            kind=CHANGE_ENTERED.key,
            about=About("customer", row.customer_id, row.customer.name),
            owner_id=row.owner_id,
            started_at=followed[row.pk],
            origin="follow_up",
            origin_id=row.pk,
            moves_with_record=False,
        )
        for row in rows.select_related("customer").order_by("pk")
    ]
    start_deadlines(promises, actor=actor)


def _meet_changes(customers: dict[int, datetime], contacts: Mapping[int, datetime], actor: Actor) -> None:
    at = dict(customers)
    if contacts:
        rows = Contact.objects.ungated("promises").filter(pk__in=contacts).order_by("pk")
        for pk, customer_id in rows.values_list("pk", "customer_id"):
            at[customer_id] = max(contacts[pk], at.get(customer_id, contacts[pk]))
    if not at:
        return
    running = open_deadlines(CHANGE_ENTERED.key, "customer", at)
    met = {pk: at[pk] for pk, row in running.items() if at[pk] > row.started_at}
    meet_deadlines(CHANGE_ENTERED.key, "customer", met, actor=actor, at=met)


def _follow_tasks(seen: Mapping[int, datetime], actor: Actor) -> None:
    if not seen:
        return
    rows = Task.objects.ungated("promises").filter(pk__in=seen, origin="follow_up", deleted_at__isnull=True)
    tasks = {task.pk: task for task in rows.order_by("pk")}
    running = open_deadlines(NEXT_ACTION.key, "task", tasks)
    promises, done, dropped = [], {}, []
    for pk, task in tasks.items():
        if task.state == Task.State.DONE:
            done[pk] = task.done_at or seen[pk]
        elif task.state == Task.State.DROPPED or task.due_at is None:
            dropped.append(pk)
        elif pk not in running:
            promises.append(_next_action(task, task.due_at, seen[pk]))
        elif running[pk].due_at != task.due_at:
            move_deadline(running[pk], task.due_at, actor=actor)
    start_deadlines(promises, actor=actor)
    meet_deadlines(NEXT_ACTION.key, "task", done, actor=actor, at=done)
    cancel_deadlines(NEXT_ACTION.key, "task", dropped, actor=actor)


def _next_action(task: Task, due_at: datetime, started_at: datetime) -> Promise:
    return Promise(
        kind=NEXT_ACTION.key,
        about=About("task", task.pk, task.title),
        owner_id=task.owner_id,
        due_at=due_at,
        started_at=started_at,
        origin="follow_up",
        origin_id=task.origin_id,
        also=(task.about_type, task.about_id) if task.about_type and task.about_id is not None else None,
    )


register_event_reader("engagement.promises", keep_promises)
