"""What changes of hands mean for a customer: owned since when, protected, in the pool, who had it last (CUS-15).

Called from the behaviour of customers, so that page, API, import, rules, bulk acts, hand-over and undo agree.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from kezhi.access.rights import organisation
from kezhi.core.clock import now, today
from kezhi.core.events import EventDraft, EventKind, register_event_kind
from kezhi.core.figures import integer_figure
from kezhi.customers.models import Customer
from kezhi.customers.policy import pool_of
from kezhi.customers.recalling import Terms, recall_day
from kezhi.records.behaviour import Draft

RELEASED = EventKind("customer.released", _("放回公海"), icon="inbox")
CLAIMED = EventKind("customer.claimed", _("从公海认领"), icon="user")
register_event_kind(RELEASED, CLAIMED)

# Under this key of an act's facts stands how a customer came to the pool or left it.
POOL = "pool"
BY_CLAIM, BY_RELEASE = "claimed", "released"

_COLUMNS = (
    "owned_since",
    "protected_until",
    "recall_on",
    "pool_since",
    "pool_reason",
    "pool_department_id",
    "last_owner_id",
)


def follow_owners(drafts: Sequence[Draft]) -> Sequence[str]:
    """Bring the columns of care in line with owner and level; gives the columns that may have changed."""
    if not any(draft.is_new or draft.changed("owner", "level", "pool_since") for draft in drafts):
        return ()
    terms, moment = Terms(), now()
    for draft in drafts:
        customer: Customer = draft.record
        if draft.is_new or draft.changed("owner"):
            _follow_owner(draft, customer, moment)
        if draft.is_new or draft.changed("owner", "pool_since"):
            customer.pool_department_id = pool_of(customer.last_owner_id) if customer.pool_since else None
        if draft.is_new:
            # Not stored yet: the day of creation may still be empty.
            customer.created_at = customer.created_at or moment
        customer.recall_on = recall_day(customer, terms)
    return _COLUMNS


def _follow_owner(draft: Draft, customer: Customer, moment: Any) -> None:
    if customer.owner_id is None:
        customer.owned_since = customer.protected_until = None
        return
    customer.owned_since = moment
    customer.protected_until = None
    if draft.facts.get(POOL) == BY_CLAIM:
        department = organisation().user_departments.get(customer.owner_id)
        customer.protected_until = today() + timedelta(days=integer_figure("pool.protection_days", department))
    if customer.pool_since is not None:
        # Taken out by whatever way; kept with the change, so that undoing it puts the customer back.
        for key, attribute, empty in (("pool_since", "pool_since", None), ("pool_reason", "pool_reason", "")):
            if key not in draft.after:
                draft.before[key] = getattr(customer, attribute)
                draft.after[key] = empty
            setattr(customer, attribute, empty)


def pool_events(drafts: Sequence[Draft]) -> list[EventDraft]:
    """What happened to the pool in these changes, for timelines and rules."""
    found = []
    for draft in drafts:
        way = draft.facts.get(POOL)
        if way not in (BY_CLAIM, BY_RELEASE):
            continue
        customer: Customer = draft.record
        facts = (
            {"reason": customer.pool_reason, "from": draft.before.get("owner"), "note": draft.facts.get("note", "")}
            if way == BY_RELEASE
            else {"to": customer.owner_id, "last_owner": customer.last_owner_id}
        )
        found.append(
            EventDraft(
                kind=(RELEASED if way == BY_RELEASE else CLAIMED).key,
                record_type="customer",
                record_id=customer.pk,
                actor=draft.actor.ref,
                facts=facts,
            )
        )
    return found
