"""What of a notification may be shown: never the title of a record its reader may no longer see."""

from collections import defaultdict
from collections.abc import Iterable

from kezhi.access.actors import Actor
from kezhi.records.registry import find_record_type
from kezhi.work.models import Notification


def hidden_ids(notifications: Iterable[Notification], actor: Actor) -> set[int]:
    """Those whose record the actor may not see (any more), one query for each type of record among them."""
    wanted: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for row in notifications:
        if row.about_type and row.about_id is not None:
            wanted[row.about_type][row.about_id].append(row.pk)
    hidden: set[int] = set()
    for key, by_record in wanted.items():
        known = find_record_type(key)
        seen: set[int] = set()
        if known is not None:
            seen = set(known.model.objects.visible_to(actor).filter(pk__in=by_record).values_list("pk", flat=True))
        for record_id, ids in by_record.items():
            if record_id not in seen:
                hidden.update(ids)
    return hidden
