"""Writing facts of customers that sales keeps: in one go, each change with its event (CUS-4, CUS-14)."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from kezhi.access.actors import system_actor
from kezhi.core.clock import now
from kezhi.core.events import EventDraft, Json, record_events
from kezhi.customers.listening import customers_changed
from kezhi.customers.models import Customer
from kezhi.customers.recalling import refresh_recall
from kezhi.records import kinds

Facts = Mapping[str, Any]


def locked_customers(ids: set[int], *keys: str) -> list[tuple[Any, ...]]:
    """Id, version and the given columns of these customers, locked: whoever waits then counts what others stored."""
    rows = Customer.objects.ungated("stored fact").filter(pk__in=ids).order_by("pk").select_for_update(of=("self",))
    return list(rows.values_list("pk", "version", *keys))


def write_customer_facts(changes: Mapping[int, tuple[int, Facts, Facts]], *, told: frozenset[str]) -> None:
    """Store facts of locked customers: ``{id: (version, before, after)}``.

    Fields in ``told`` are events that timelines show and rules hear; a customer of whom only other facts changed keeps
    its version.
    """
    actor = system_actor("kezhi", door="job")
    drafts: list[EventDraft] = []
    for pk, (version, before, after) in changes.items():
        heard: dict[str, tuple[Json, Json]] = {
            key: (_json(before[key]), _json(after[key])) for key in after if key in told
        }
        more = {"version": version + 1, "changed_at": now()} if heard else {}
        Customer.objects.ungated("stored fact").filter(pk=pk).update(**after, **more)
        if heard:
            drafts.append(
                EventDraft(
                    kind=kinds.CHANGED.key,
                    record_type="customer",
                    record_id=pk,
                    actor=actor.ref,
                    changes=heard,
                    facts={"version": version + 1},
                )
            )
    if drafts:
        record_events(drafts)
    # When a customer returns to the pool and is contacted next hangs on these facts too.
    refresh_recall(list(changes))
    customers_changed(list(changes))


def _json(value: Any) -> Json:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value
