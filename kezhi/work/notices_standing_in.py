"""What already waited for somebody when their absence began reaches whoever stands in, too (ORG-6)."""

from collections.abc import Mapping, Sequence

from kezhi.access.rights import organisation, stand_ins
from kezhi.core.jobs import schedule
from kezhi.work.models import Notification
from kezhi.work.notices_sending import put_copies
from kezhi.work.notices_storing import who_is_there

_BATCH = 500


@schedule("work.hand_to_stand_ins", cron="*/10 * * * *")
def hand_to_stand_ins() -> None:
    """Copy what waits for those away to those who stand in, each once; both see it until it is settled."""
    away = stand_ins()
    if not away:
        return
    active = organisation().active_ids
    present = {person: who_is_there(person, away) for person in away}
    people = [person for person, stand_in in present.items() if stand_in in active]
    waiting = Notification.objects.filter(
        user_id__in=people, needs_action=True, state=Notification.State.WAITING, stands_in_for__isnull=True
    )
    last = 0
    while rows := list(waiting.filter(pk__gt=last).order_by("pk")[:_BATCH]):
        copied = _copied(rows, present)
        fresh = [row for row in rows if (row.user_id, present[row.user_id], *_marks(row)) not in copied]
        put_copies([(row, present[row.user_id]) for row in fresh])
        last = rows[-1].pk


def _copied(rows: Sequence[Notification], present: Mapping[int, int]) -> set[tuple[object, ...]]:
    """What the stand-ins have of these already, whether still open or not."""
    people = {row.user_id for row in rows}
    copies = Notification.objects.filter(
        user_id__in={present[person] for person in people}, stands_in_for_id__in=people, needs_action=True
    )
    return {(copy.stands_in_for_id, copy.user_id, *_marks(copy)) for copy in copies}


def _marks(row: Notification) -> tuple[object, ...]:
    """What a notification and its copy have in common."""
    return (row.kind, row.source_type, row.source_id, row.about_type, row.about_id, row.act_url)
