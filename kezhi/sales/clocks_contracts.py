"""The clocks of a plan go to whoever has the contract now (SAL-6).

An instalment has no owner of its own: it is its contract's owner who is promised to see to the money.
"""

import json
from collections.abc import Sequence

from kezhi.core.models import Event
from kezhi.core.sealing import register_event_reader
from kezhi.records import kinds
from kezhi.sales.models import Instalment
from kezhi.work.operations.deadlines_of_records import give_deadlines


def follow_contracts(events: Sequence[Event]) -> None:
    """What these events of contracts mean for the clocks of their instalments; the last owner counts."""
    owners: dict[int, int | None] = {}
    for event in events:
        if event.record_type != "contract" or event.kind != kinds.CHANGED.key or '"owner"' not in event.changes:
            continue
        pair = json.loads(event.changes).get("owner")
        if isinstance(pair, list) and len(pair) == 2:
            owners[event.record_id] = pair[1]
    if not owners:
        return
    rows = Instalment.objects.ungated("clocks follow their contract").filter(contract_id__in=owners).order_by("pk")
    give_deadlines(
        "instalment", [(pk, owners[contract_id]) for pk, contract_id in rows.values_list("pk", "contract_id")]
    )


register_event_reader("sales.clocks", follow_contracts)
