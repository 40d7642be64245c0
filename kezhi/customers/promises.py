"""The promise to look at what waits for review (CUS-9); and what a merge means for promises about customers.

What starts and keeps the review are shipped rules (``defaults/review_rules.py``); how long it may take is a figure.
"""

from collections.abc import Collection, Sequence

from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import system_actor
from kezhi.core.events import read_facts
from kezhi.core.models import Event
from kezhi.core.sealing import register_event_reader
from kezhi.customers.merging import MERGED, UNMERGED
from kezhi.work.deadlines import DeadlineKind, bin_deadlines, register_deadline_kind, unbin_deadlines

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


register_event_reader("customers.promises", follow_merges)
