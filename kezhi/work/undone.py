"""What rules made because of acts that are taken back: tasks nobody touched and clocks that still run go with them."""

from collections import defaultdict
from collections.abc import Sequence

from django.utils.translation import gettext

from kezhi.access.actors import Actor
from kezhi.core.events import read_facts
from kezhi.core.models import Event, EventSubject
from kezhi.records import kinds
from kezhi.records.operations.undoing import register_consequence
from kezhi.work.deadlines_events import STARTED
from kezhi.work.models import Task
from kezhi.work.models.deadlines import Deadline
from kezhi.work.operations.deadlines import cancel_clocks
from kezhi.work.operations.tasks import withdraw_tasks


def _withdraw(events: Sequence[Event], actor: Actor) -> int:
    """Withdraw the open tasks and promises these events caused; gives how many."""
    causes = {event.pk for event in events}
    by_type: dict[str, set[int]] = defaultdict(set)
    for event in events:
        by_type[event.record_type].add(event.record_id)
    reason = gettext("引起它的操作已撤销")
    tasks = [pk for about_type, ids in by_type.items() for pk in _tasks(about_type, ids, causes)]
    clocks = [pk for about_type, ids in by_type.items() for pk in _clocks(about_type, ids, causes)]
    return len(withdraw_tasks(tasks, actor=actor, reason=reason)) + len(
        cancel_clocks(clocks, actor=actor, reason=reason)
    )


def _tasks(about_type: str, ids: set[int], causes: set[int]) -> list[int]:
    rows = Task.objects.ungated("undo").filter(
        about_type=about_type, about_id__in=ids, state=Task.State.OPEN, version=1, deleted_at__isnull=True
    )
    made = EventSubject.objects.filter(
        record_type="task",
        record_id__in=rows.values("pk"),
        event__record_type="task",
        event__kind=kinds.CREATED.key,
        event__cause_id__in=causes,
    )
    return sorted(set(made.values_list("record_id", flat=True)))


def _clocks(about_type: str, ids: set[int], causes: set[int]) -> list[int]:
    """Those that still run as they were started: one that was paused, moved or broken has a life of its own."""
    untouched = Deadline.objects.ungated("undo").filter(
        record_type=about_type, record_id__in=ids, state=Deadline.State.RUNNING, breached_at__isnull=True
    )
    open_ids = set(untouched.values_list("pk", flat=True))
    if not open_ids:
        return []
    started = Event.objects.filter(
        subjects__record_type=about_type, subjects__record_id__in=ids, kind=STARTED.key, cause_id__in=causes
    )
    return sorted({int(str(read_facts(event)["deadline"])) for event in started} & open_ids)


register_consequence(_withdraw)
