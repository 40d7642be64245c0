"""What rules still mean to do, and have said, because of acts that are taken back."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from django.utils.translation import gettext

from kezhi.access.actors import Actor
from kezhi.automation.actions.telling import Notify, group_of
from kezhi.automation.models import RuleRun, RunState
from kezhi.core.clock import now
from kezhi.core.models import Event
from kezhi.records.operations.undoing import register_consequence
from kezhi.work.notices_storing import withdraw_notices


def _withdraw(events: Sequence[Event], actor: Actor) -> int:
    """Stop the runs these events started and take back their unread reminders; gives how many reminders."""
    by_type: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        by_type[event.record_type].append(event)
    taken = 0
    for record_type, rows in by_type.items():
        ids = {row.record_id for row in rows}
        runs = RuleRun.objects.filter(
            record_type=record_type, record_id__in=ids, event_id__in=[row.pk for row in rows]
        ).order_by("pk")
        said = Counter(
            (int(user_id), group_of(rule_id, done["step"]))
            for rule_id, did in runs.values_list("rule_id", "did")
            for done in did
            if done["key"] == Notify.key
            for user_id in done["facts"].get("to", [])
        )
        taken += withdraw_notices(said, about_type=record_type, about_ids=ids, since=min(row.at for row in rows))
        waiting = runs.filter(state__in=[RunState.READY, RunState.WAITING])
        waiting.update(state=RunState.STOPPED, wake_at=None, finished_at=now(), error=gettext("引起它的操作已撤销"))
    return taken


register_consequence(_withdraw)
