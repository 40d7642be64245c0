"""Deadlines go where their records go: to a new owner, into the recycle bin and back, and out of the world.

They follow the event log, so whatever moves a record (a page, an import, a hand-over, a rule) moves its promises.
"""

import json
from collections.abc import Sequence

from kezhi.access.actors import system_actor
from kezhi.core import epochs
from kezhi.core.models import Event
from kezhi.core.sealing import register_event_reader
from kezhi.records import kinds
from kezhi.work.operations.deadlines import cancel_deadlines
from kezhi.work.operations.deadlines_of_records import bin_deadlines, give_deadlines, unbin_deadlines

_FATES = (kinds.DELETED.key, kinds.RESTORED.key, kinds.PURGED.key)


def follow_records(events: Sequence[Event]) -> None:
    """What these events of records mean for the promises about them; the last word on a record counts."""
    owners: dict[str, dict[int, int | None]] = {}
    fates: dict[tuple[str, str], dict[int, None]] = {}
    for event in events:
        if event.kind == kinds.CHANGED.key and '"owner"' in event.changes:
            pair = json.loads(event.changes).get("owner")
            if isinstance(pair, list) and len(pair) == 2:
                owners.setdefault(event.record_type, {})[event.record_id] = pair[1]
        elif event.kind in _FATES:
            for fate in _FATES:
                fates.get((fate, event.record_type), {}).pop(event.record_id, None)
            fates.setdefault((event.kind, event.record_type), {})[event.record_id] = None
    if not owners and not fates:
        return
    with epochs.snapshot():
        _follow(owners, fates)


def _follow(owners: dict[str, dict[int, int | None]], fates: dict[tuple[str, str], dict[int, None]]) -> None:
    for record_type, given in owners.items():
        give_deadlines(record_type, given.items())
    actor = system_actor("deadlines", door="job")
    for (fate, record_type), ids in fates.items():
        match fate:
            case kinds.DELETED.key:
                bin_deadlines(record_type, ids, actor=actor)
            case kinds.RESTORED.key:
                unbin_deadlines(record_type, ids, actor=actor)
            case _:
                cancel_deadlines("", record_type, ids, actor=actor)


register_event_reader("work.deadlines", follow_records)
