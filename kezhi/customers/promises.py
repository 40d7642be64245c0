"""The promise to look at what waits for review (CUS-9); and what a merge means for promises about customers.

What starts and keeps the review are shipped rules (``defaults/review_rules.py``); how long it may take is a figure.
"""

from collections.abc import Collection, Sequence

from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import system_actor, user_actor
from kezhi.core.events import read_changes, read_facts
from kezhi.core.models import Event
from kezhi.core.sealing import register_event_reader
from kezhi.customers.merging import MERGED, UNMERGED
from kezhi.customers.operations.reviewing import await_review
from kezhi.records import kinds
from kezhi.work.deadlines import DeadlineKind, bin_deadlines, register_deadline_kind, unbin_deadlines
from kezhi.work.models import Task
from kezhi.work.task_origins import VERIFICATION

REVIEW = register_deadline_kind(
    DeadlineKind(
        "review",
        _("审核客户资料"),
        minutes=900,
        business_time=True,
        starts=_("客户资料进入待审核时开始。"),
        ends=_("审核有了结论时完成。"),
        source="CUS-9",
        order=30,
    )
)


def follow_merges(events: Sequence[Event]) -> None:
    """The promises about a merged customer stand still until the merge is taken apart."""
    for event in events:
        if event.kind == MERGED.key:
            bin_deadlines("customer", _gone(event), actor=system_actor("promises", door="job"))
        elif event.kind == UNMERGED.key:
            unbin_deadlines("customer", _gone(event), actor=system_actor("promises", door="job"))


def _gone(event: Event) -> Collection[int]:
    gone = read_facts(event).get("gone")
    return [gone] if isinstance(gone, int) else []


def follow_checks(events: Sequence[Event]) -> None:
    """Whoever finishes the task to verify a doubtful record has checked it: the steward looks at it again (CUS-9)."""
    done: dict[int, int] = {}
    for event in events:
        # A rule finishes the task because the review has passed already.
        if event.record_type != "task" or event.actor_kind != "user" or event.kind != kinds.CHANGED.key:
            continue
        if read_changes(event).get("state", ("", ""))[1] == Task.State.DONE and event.actor_id is not None:
            done[event.record_id] = event.actor_id
    rows = Task.objects.ungated("verified").filter(pk__in=done, origin=VERIFICATION, about_type="customer")
    for task_id, customer_id in rows.filter(state=Task.State.DONE).order_by("pk").values_list("pk", "about_id"):
        await_review([customer_id], actor=user_actor(done[task_id], door="job"))


register_event_reader("customers.promises", follow_merges)
register_event_reader("customers.checks", follow_checks)
