"""Facts of contracts, their plans and their opportunities, kept set-wise (SAL-5, SAL-6).

Confirmed money goes to the instalment it was entered for; the rest, and what is over, to the oldest unpaid ones.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction

from kezhi.access.actors import system_actor
from kezhi.core.clock import now
from kezhi.core.events import EventDraft, record_events
from kezhi.core.health import register_thorough_check
from kezhi.records import kinds
from kezhi.sales.models import Contract, Instalment, Opportunity, Payment

NOTHING = Decimal(0)
BINDING = (Contract.State.SIGNED, Contract.State.FINISHED)
_BATCH = 1000
_Row = tuple[Any, ...]


@dataclass(slots=True)
class ContractFacts:
    """What plan, receipts and amendments make of one contract."""

    total: Decimal = NOTHING
    paid: Decimal = NOTHING
    is_paid: bool = False
    next_due_on: date | None = None
    instalments: dict[int, tuple[str, Decimal, date | None]] = field(default_factory=dict)


@dataclass(slots=True)
class _Share:
    pk: int
    due_on: date
    amount: Decimal
    is_awaited: bool
    paid: Decimal = NOTHING
    paid_on: date | None = None

    def take(self, money: Decimal, day: date) -> Decimal:
        """Give it as much of the money as it still lacks; gives what is left."""
        taken = min(money, self.amount - self.paid)
        if taken <= 0:
            return money
        self.paid += taken
        if self.paid == self.amount:
            self.paid_on = day
        return money - taken

    @property
    def state(self) -> str:
        if self.paid >= self.amount:
            return str(Instalment.State.PAID)
        if not self.is_awaited:
            return str(Instalment.State.CANCELLED)
        return str(Instalment.State.PARTLY if self.paid else Instalment.State.PLANNED)


@transaction.atomic
def refresh_contracts(contract_ids: Iterable[int]) -> list[int]:
    """Write what these contracts and their instalments have now, then their opportunities; gives those newly paid.

    An amendment's id stands for the contract it amends.
    """
    wanted = sorted(set(contract_ids))
    newly_paid: list[int] = []
    opportunities: set[int] = set()
    for start in range(0, len(wanted), _BATCH):
        batch = _mains(wanted[start : start + _BATCH])
        # Locked first: whoever waits here then counts what the other one has stored.
        rows = Contract.objects.ungated("stored fact").filter(pk__in=batch).order_by("pk")
        stored = list(rows.select_for_update(of=("self",)))
        facts = contract_facts(stored)
        for contract in stored:
            if contract.opportunity_id:
                opportunities.add(contract.opportunity_id)
            right = facts[contract.pk]
            before = (contract.total_amount, contract.paid_amount, contract.is_paid, contract.next_due_on)
            if before != (right.total, right.paid, right.is_paid, right.next_due_on):
                Contract.objects.ungated("stored fact").filter(pk=contract.pk).update(
                    total_amount=right.total,
                    paid_amount=right.paid,
                    is_paid=right.is_paid,
                    next_due_on=right.next_due_on,
                )
            if right.is_paid and not contract.is_paid:
                newly_paid.append(contract.pk)
        _write_instalments(facts)
    refresh_opportunities(opportunities)
    return newly_paid


def contract_facts(contracts: Collection[Contract]) -> dict[int, ContractFacts]:
    """What plan, receipts and amendments make of these main contracts, in four queries."""
    ids = {contract.pk for contract in contracts}
    live = {"contract_id__in": ids, "deleted_at__isnull": True}
    shares: dict[int, list[_Share]] = defaultdict(list)
    plan = Instalment.objects.ungated("stored fact").filter(**live).order_by("due_on", "position", "pk")
    ended = {contract.pk for contract in contracts if contract.state == Contract.State.ENDED}
    for pk, contract_id, due_on, amount in plan.values_list("pk", "contract_id", "due_on", "amount"):
        shares[contract_id].append(_Share(pk, due_on, amount, contract_id not in ended))
    received: dict[int, list[_Row]] = defaultdict(list)
    money = Payment.objects.ungated("stored fact").filter(**live, state=Payment.State.CONFIRMED, reverses__isnull=True)
    for row in money.order_by("received_on", "pk").values_list("contract_id", "instalment_id", "amount", "received_on"):
        received[row[0]].append(row[1:])
    amended = Contract.objects.ungated("stored fact").filter(
        amends_id__in=ids, deleted_at__isnull=True, state__in=BINDING
    )
    # Added up here: SQLite would add as floating point.
    added: dict[int, Decimal] = defaultdict(lambda: NOTHING)
    for amends_id, amount in amended.order_by().values_list("amends_id", "amount"):
        added[amends_id] += amount
    found: dict[int, ContractFacts] = {}
    for contract in contracts:
        facts = ContractFacts(total=contract.amount + added[contract.pk])
        facts.paid = sum((row[1] for row in received[contract.pk]), NOTHING)
        facts.is_paid = contract.state in BINDING and facts.paid >= facts.total > 0
        _spread(shares[contract.pk], received[contract.pk])
        due = [share.due_on for share in shares[contract.pk] if share.paid < share.amount and share.is_awaited]
        facts.next_due_on = min(due, default=None)
        facts.instalments = {share.pk: (share.state, share.paid, share.paid_on) for share in shares[contract.pk]}
        found[contract.pk] = facts
    return found


@transaction.atomic
def refresh_opportunities(opportunity_ids: Iterable[int]) -> None:
    """Write what contracts make of these opportunities: amount, receipts, paid or not, the legal review."""
    wanted = sorted(set(opportunity_ids))
    for start in range(0, len(wanted), _BATCH):
        batch = wanted[start : start + _BATCH]
        rows = Opportunity.objects.ungated("stored fact").filter(pk__in=batch).order_by("pk")
        keys = ("contract_amount", "paid_amount", "is_paid", "legal_state")
        stored = list(rows.select_for_update(of=("self",)).values_list("pk", *keys))
        right = opportunity_facts({row[0] for row in stored})
        for pk, *before in stored:
            if tuple(before) != right[pk]:
                Opportunity.objects.ungated("stored fact").filter(pk=pk).update(
                    **dict(zip(keys, right[pk], strict=True))
                )


def opportunity_facts(opportunity_ids: set[int]) -> dict[int, tuple[Decimal, Decimal, bool, str]]:
    """(amount of signed contracts, confirmed receipts, all paid, legal review of the latest) of each opportunity."""
    found = {pk: (NOTHING, NOTHING, False, str(Opportunity.Legal.NONE)) for pk in opportunity_ids}
    rows = Contract.objects.ungated("stored fact").filter(
        opportunity_id__in=opportunity_ids, amends__isnull=True, deleted_at__isnull=True
    )
    of: dict[int, list[Contract]] = defaultdict(list)
    for contract in rows.order_by("pk"):
        of[contract.opportunity_id].append(contract)
    for pk, contracts in of.items():
        binding = [contract for contract in contracts if contract.state in BINDING]
        found[pk] = (
            sum((contract.total_amount for contract in binding), NOTHING),
            sum((contract.paid_amount for contract in contracts), NOTHING),
            bool(binding) and all(contract.is_paid for contract in binding),
            contracts[-1].legal_state,
        )
    return found


def _mains(ids: Collection[int]) -> set[int]:
    rows = Contract.objects.ungated("stored fact").filter(pk__in=ids).order_by()
    return {amends_id or pk for pk, amends_id in rows.values_list("pk", "amends_id")}


def _spread(shares: list[_Share], received: list[_Row]) -> None:
    """What was entered for an instalment goes there first; all else to the oldest that lack something."""
    by_id = {share.pk: share for share in shares}
    rest: list[tuple[Decimal, date]] = []
    for instalment_id, amount, day in received:
        chosen = by_id.get(instalment_id)
        left = chosen.take(amount, day) if chosen is not None else amount
        if left:
            rest.append((left, day))
    for amount, day in rest:
        left = amount
        for share in shares:
            left = share.take(left, day)


def _write_instalments(facts: dict[int, ContractFacts]) -> None:
    right = {pk: values for each in facts.values() for pk, values in each.instalments.items()}
    rows = Instalment.objects.ungated("stored fact").filter(pk__in=right).order_by("pk")
    drafts = []
    for row in rows.select_for_update(of=("self",)):
        state, paid, paid_on = right[row.pk]
        if (row.state, row.paid_amount, row.paid_on) == (state, paid, paid_on):
            continue
        changes: dict[str, Any] = {"state": state, "paid_amount": paid, "paid_on": paid_on}
        if row.state != state:
            changes |= {"version": row.version + 1, "changed_at": now()}
            drafts.append(
                EventDraft(
                    kind=kinds.CHANGED.key,
                    record_type="instalment",
                    record_id=row.pk,
                    actor=system_actor("kezhi", door="job").ref,
                    changes={"state": (row.state, state)},
                    facts={"version": row.version + 1},
                    also=[("contract", row.contract_id)],
                )
            )
        Instalment.objects.ungated("stored fact").filter(pk=row.pk).update(**changes)
    if drafts:
        record_events(drafts)


def _check() -> Iterator[str]:
    """What the installation's check finds: facts of contracts and opportunities that differ from their sources."""
    last = 0
    while True:
        rows = Contract.objects.ungated("doctor").filter(pk__gt=last, deleted_at__isnull=True, amends__isnull=True)
        batch = list(rows.order_by("pk")[:_BATCH])
        if not batch:
            break
        facts = contract_facts(batch)
        for contract in batch:
            right = facts[contract.pk]
            if (contract.total_amount, contract.paid_amount, contract.is_paid, contract.next_due_on) != (
                right.total,
                right.paid,
                right.is_paid,
                right.next_due_on,
            ):
                yield f"{contract.number}: total {right.total}, paid {right.paid} by its plan and receipts"
        last = batch[-1].pk
    last = 0
    while True:
        keys = ("pk", "number", "contract_amount", "paid_amount", "is_paid", "legal_state")
        found = Opportunity.objects.ungated("doctor").filter(pk__gt=last, deleted_at__isnull=True).order_by("pk")
        rows_of = list(found.values_list(*keys)[:_BATCH])
        if not rows_of:
            return
        expected = opportunity_facts({row[0] for row in rows_of})
        for pk, number, *stored in rows_of:
            if tuple(stored) != expected[pk]:
                yield f"{number}: contracts {expected[pk][0]}, paid {expected[pk][1]} by its contracts"
        last = rows_of[-1][0]


register_thorough_check("contracts", _check)
