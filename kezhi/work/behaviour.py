"""What tasks add to the generic operations."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from kezhi.access.actors import Actor
from kezhi.core.events import EventDraft
from kezhi.records.behaviour import Behaviour, Draft
from kezhi.records.registry import RecordType
from kezhi.work.changes import tasks_changed


class TaskBehaviour(Behaviour):
    """Tells those who registered that tasks changed."""

    def stored(self, record_type: RecordType, drafts: Sequence[Draft]) -> Sequence[EventDraft]:
        tasks_changed([draft.record for draft in drafts])
        return ()

    def in_hand(self) -> Q:
        return Q(state="open")

    def removed(self, record_type: RecordType, records: Sequence[Any], actor: Actor) -> None:
        tasks_changed(records)

    def restored(self, record_type: RecordType, records: Sequence[Any], actor: Actor) -> None:
        tasks_changed(records)
