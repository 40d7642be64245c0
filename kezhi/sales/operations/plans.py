"""Setting the payment plan of a contract as a whole (SAL-6)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import require, require_area
from kezhi.core.events import record_event
from kezhi.records.operations import InvalidRecord, change_record, create_record, delete_records
from kezhi.records.registry import record_type
from kezhi.sales import kinds_contracts as kinds
from kezhi.sales.contract_events import told
from kezhi.sales.models import Contract, Instalment
from kezhi.sales.planning import MOST_INSTALMENTS, gap_words, plan_difference


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One instalment as it is to be; ``pk`` names one that is there already."""

    name: str
    due_on: date
    amount: Decimal
    condition: str = ""
    pk: int | None = None


@transaction.atomic
def set_plan(contract: Contract, rows: Sequence[PlanRow], *, actor: Actor) -> Decimal:
    """Make the contract's plan be these instalments; gives what they lack to the contract's amount (0: adds up).

    Raises:
        NotAllowed: the actor may not change the contract or plan instalments.
        InvalidRecord: a row cannot be ("row.2.amount"), or one with money on it would go.
    """
    stored: Contract = Contract.objects.visible_to(actor).select_for_update(of=("self",)).get(pk=contract.pk)
    require_area(actor, "instalment", "create")
    if not actor.allows("instalment", "edit"):
        require(actor, "edit", stored)
    if stored.amends_id is not None:
        raise InvalidRecord({"": _("回款计划请排在主合同上")})
    if stored.state in (Contract.State.FINISHED, Contract.State.ENDED):
        raise InvalidRecord({"": _("合同已经结束。")})
    if len(rows) > MOST_INSTALMENTS:
        raise InvalidRecord({"": _("最多 %(most)s 期。") % {"most": MOST_INSTALMENTS}})
    known = record_type("instalment")
    there = {row.pk: row for row in Instalment.objects.visible_to(actor).filter(contract_id=stored.pk)}
    kept = {row.pk for row in rows if row.pk in there}
    gone = [row for pk, row in sorted(there.items()) if pk not in kept]
    if any(row.paid_amount for row in gone):
        raise InvalidRecord({"": _("已有到账的一期不能去掉。")})
    if gone:
        # The plan is one act of whoever may set it; nobody is asked for each row.
        delete_records(known, [row.pk for row in gone], actor=actor, is_approved=True)
    for position, row in enumerate(rows, start=1):
        values = {
            "name": row.name.strip() or gettext("第 %(number)s 期") % {"number": position},
            "position": position,
            "due_on": row.due_on.isoformat(),
            "amount": row.amount,
            "condition": row.condition,
        }
        try:
            if row.pk in there:
                change_record(there[row.pk], values, actor=actor)
            else:
                create_record(known, {**values, "contract": str(stored.pk)}, actor=actor)
        except InvalidRecord as error:
            raise InvalidRecord({f"row.{position}.{key}": text for key, text in error.problems.items()}) from error
    stored.refresh_from_db()
    gap = plan_difference(stored)
    if gap and rows and stored.state == Contract.State.SIGNED:
        raise InvalidRecord({"": _("合同已经签署，计划要与合同金额一致：%(gap)s") % {"gap": gap_words(gap)}})
    record_event(told(stored, kinds.PLANNED, actor, {"count": len(rows), "gap": str(gap)}))
    return gap
