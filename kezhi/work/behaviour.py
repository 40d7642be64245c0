"""What tasks add to the generic operations."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Q

from kezhi.access.actors import Actor
from kezhi.access.policies import GuardedQuerySet
from kezhi.core.events import EventDraft
from kezhi.records.behaviour import Behaviour, Draft
from kezhi.records.operations.deleting import register_belonging
from kezhi.records.registry import RecordType, record_type
from kezhi.work.changes import tasks_changed
from kezhi.work.models import Task
from kezhi.work.tasks_told import tell_owners


class TaskBehaviour(Behaviour):
    """Tells those who registered that tasks changed, and people what others gave them."""

    def derive(self, record_type: RecordType, drafts: Sequence[Draft]) -> Sequence[str]:
        # Also when the state goes back by undo: who did it goes with what was done.
        for draft in drafts:
            if draft.changed("state"):
                draft.record.done_by_id = draft.actor.user_id if draft.record.state != Task.State.OPEN else None
        return ("done_by",)

    def stored(self, record_type: RecordType, drafts: Sequence[Draft]) -> Sequence[EventDraft]:
        tasks_changed([draft.record for draft in drafts])
        tell_owners(drafts)
        return ()

    def in_hand(self) -> Q:
        return Q(state=Task.State.OPEN)

    def removed(self, record_type: RecordType, records: Sequence[Any], actor: Actor) -> None:
        tasks_changed(records)

    def restored(self, record_type: RecordType, records: Sequence[Any], actor: Actor) -> None:
        tasks_changed(records)


def _open_tasks(about_type: str, ids: Sequence[int]) -> Iterator[tuple[RecordType, GuardedQuerySet[Any]]]:
    """What is still to be done about a record goes where the record goes; what was done stays in people's lists."""
    rows = Task.objects.ungated("goes with its record").filter(about_type=about_type, about_id__in=ids)
    yield record_type("task"), rows.filter(state=Task.State.OPEN)


register_belonging(_open_tasks)
