# zh-data: what opportunities, contracts and orders of the demo company are called
"""What follow-ups lead to: opportunities through their stages, quotes, contracts, payments and orders.

Sales of the last months are lived through step by step with the operations everybody uses; older ones come in closed,
many at once, as a company brings its history along.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from random import Random
from typing import Any

from django.db import transaction

from kezhi.access.actors import Actor, system_actor, user_actor
from kezhi.core.clock import clock_at, local
from kezhi.customers.models import Customer
from kezhi.process.demo import people
from kezhi.process.demo.calendar import Sessions
from kezhi.process.demo.offers import BUNDLE
from kezhi.process.demo.stories import Story
from kezhi.records.operations import InvalidRecord, change_record, create_record, draft_new, store_new
from kezhi.records.registry import record_type
from kezhi.sales.models import BundleLine, Contract, Opportunity, Order, Payment, Product, Quote
from kezhi.sales.operations.contracts import draft_contract_from_quote, review_contract, sign_contract, submit_contract
from kezhi.sales.operations.orders import order_from_contract
from kezhi.sales.operations.payments import confirm_payment
from kezhi.sales.operations.plans import PlanRow, set_plan
from kezhi.sales.operations.quote_lines import set_quote_lines
from kezhi.sales.operations.quotes import accept_quote, send_quote
from kezhi.sales.operations.stages import enter_stage

# How many sales are lived through step by step: beginning and still open, and up to the contract.
_MOST_OPEN, _MOST_SIGNED = 16, 12
_LATELY_SIGNED, _LATELY_OPEN = 150, 90
_SHARES = ((30, "签订后付款", 5), (60, "验收后付款", 60), (10, "质保期满付款", 180))
_LOST = ("price", "competitor", "function", "budget", "delayed", "no_answer")
_COMPETITORS = ("北辰存储", "深蓝容灾", "恒固备份")
_RENEWAL_SHARE = Decimal("0.18")


@dataclass(slots=True)
class Deal:
    """A sale that is lived through."""

    story: Story
    opportunity: Opportunity | None = None
    quote: Quote | None = None
    contract: Contract | None = None
    order: Order | None = None
    paid: int = 0


class Selling:
    """Happens beside the follow-ups, session by session."""

    def __init__(self, sessions: Sessions, users: Mapping[str, int], actors: Mapping[str, Actor], rng: Random) -> None:
        self._sessions, self._users, self._actors = sessions, users, actors
        self._usernames = {pk: username for username, pk in users.items()}
        self._rng = rng
        self._steps: dict[int, list[tuple[Callable[[Deal, dt.datetime], None], Deal]]] = defaultdict(list)
        self._closed: dict[int, list[tuple[Story, str, int]]] = defaultdict(list)
        self._orders: dict[int, list[tuple[Story, Decimal, bool]]] = defaultdict(list)

    def plan(self, stories: Sequence[Story]) -> None:
        """Decide what becomes of each story; the latest are lived through."""
        open_ones, signed_ones = 0, 0
        for story in sorted(stories, key=lambda one: (-self._last(one), one.index)):
            if not story.visits or not story.owner or story.twin_of:
                continue
            at: dict[str, int] = {}
            for visit in story.visits:
                at.setdefault(visit.stage, visit.session)
            for visit in story.visits:
                if visit.stage == "renewal":
                    self._orders[visit.session].append((story, _RENEWAL_SHARE, True))
            if "signed" in at:
                if signed_ones < _MOST_SIGNED and self._days_ago(at["signed"]) < _LATELY_SIGNED:
                    signed_ones += 1
                    self._live(Deal(story), at)
                else:
                    self._closed[at["signed"]].append((story, "project.paid", at.get("need", story.born)))
                    self._orders[at["signed"]].append((story, Decimal(1), True))
            elif "lost" in at:
                if "need" in at or "proposal" in at:
                    self._closed[at["lost"]].append((story, "project.lost", at.get("need", story.born)))
            elif "care" in at:
                self._orders[story.visits[0].session].append((story, Decimal(1), True))
            elif ("need" in at or "proposal" in at) and open_ones < _MOST_OPEN and self._is_late(story):
                open_ones += 1
                self._live(Deal(story), at)

    def after(self, session: int) -> None:
        """What is sold once a session's follow-ups are in."""
        moment = self._not_ahead(self._sessions.moments[session] + dt.timedelta(minutes=2))
        closed, orders = self._closed.pop(session, []), self._orders.pop(session, [])
        if closed:
            with transaction.atomic(), clock_at(moment):
                self._bring_closed(closed, moment)
        if orders:
            with transaction.atomic(), clock_at(self._not_ahead(moment + dt.timedelta(minutes=1))):
                self._bring_orders(orders, moment)
        for place, (step, deal) in enumerate(self._steps.pop(session, [])):
            at = self._not_ahead(moment + dt.timedelta(minutes=2, seconds=20 * place))
            with transaction.atomic(), clock_at(at):
                step(deal, at)

    def _not_ahead(self, moment: dt.datetime) -> dt.datetime:
        """The last session is now; nothing happens after it."""
        return min(moment, self._sessions.end)

    # -- history, many at once

    def _bring_closed(self, closed: Sequence[tuple[Story, str, int]], moment: dt.datetime) -> None:
        drafts = []
        customers = _customers(story.pk for story, _stage, _begun in closed)
        brought = user_actor(self._users[people.ADMINISTRATOR], door="import")
        for story, stage, begun in closed:
            customer = customers[story.pk]
            values = self._of_story(story, customer) | {"stage": stage, "owner": str(customer.owner_id)}
            if stage == "project.lost":
                values["lost_reason"] = self._rng.choice(_LOST)
                if values["lost_reason"] == "competitor":
                    values["competitor"] = self._rng.choice(_COMPETITORS)
            began = min(self._sessions.moments[begun], moment - dt.timedelta(days=3))
            given = {"created_at": began, "closed_at": moment, "lead_id": story.lead_id}
            drafts += draft_new(record_type("opportunity"), [values], actor=brought, given=[given])
        _store("opportunity", drafts)

    def _bring_orders(self, orders: Sequence[tuple[Story, Decimal, bool]], moment: dt.datetime) -> None:
        drafts = []
        customers = _customers(story.pk for story, _share, _done in orders)
        for story, share, is_delivered in orders:
            customer = customers[story.pk]
            day = local(moment).date()
            values = {
                "name": story.product if share == 1 else "年度运维续约",
                "customer": str(customer.pk),
                "ordered_on": day.isoformat(),
                "amount": str(self._amount(story) * share),
            }
            if is_delivered:
                values |= {"state": "delivered", "delivered_on": day.isoformat()}
            drafts += draft_new(record_type("order"), [values], actor=self._owner(customer))
        _store("order", drafts)

    # -- step by step

    def _live(self, deal: Deal, at: Mapping[str, int]) -> None:
        begun = at.get("need", at.get("proposal", deal.story.visits[0].session))
        self._steps[min(at.get("first", begun), begun)].append((self._begin, deal))
        self._steps[begun].append((self._understand, deal))
        if "proposal" in at:
            self._steps[at["proposal"]].append((self._propose, deal))
        if "talks" in at and "proposal" in at:
            self._steps[at["talks"]].append((self._agree, deal))
        if "signed" in at:
            self._steps[at["signed"]].append((self._sign, deal))
        if "delivery" in at and "signed" in at:
            self._steps[at["delivery"]].append((self._deliver, deal))

    def _begin(self, deal: Deal, moment: dt.datetime) -> None:
        customer = _customers([deal.story.pk])[deal.story.pk]
        actor = self._owner(customer)
        expected = local(moment).date() + dt.timedelta(days=self._rng.randint(40, 110))
        values = self._of_story(deal.story, customer) | {"expected_close_on": expected.isoformat()}
        if deal.story.contact_ids:
            values["contact"] = str(deal.story.contact_ids[0])
        values["forecast"] = self._rng.choice(("pipeline", "pipeline", "best", "commit"))
        known = record_type("opportunity")
        [draft] = draft_new(known, [values], actor=actor, given=[{"lead_id": deal.story.lead_id}])
        [deal.opportunity] = store_new(known, _checked([draft]), actor=actor)

    def _understand(self, deal: Deal, moment: dt.datetime) -> None:
        opportunity = _reload(deal.opportunity)
        deal.opportunity = enter_stage(opportunity, "project.needs", actor=self._owner(opportunity))

    def _propose(self, deal: Deal, moment: dt.datetime) -> None:
        opportunity = _reload(deal.opportunity)
        actor = self._owner(opportunity)
        values: dict[str, Any] = {
            "name": f"{opportunity.name}报价",
            "opportunity": str(opportunity.pk),
            "valid_until": (local(moment).date() + dt.timedelta(days=120)).isoformat(),
        }
        if opportunity.contact_id:
            values["contact"] = str(opportunity.contact_id)
        quote = create_record(record_type("quote"), values, actor=actor)
        quote = set_quote_lines(quote, self._lines(deal.story), actor=actor)
        deal.quote = send_quote(quote, actor=actor)
        deal.opportunity = enter_stage(_reload(opportunity), "project.quote", actor=actor)

    def _agree(self, deal: Deal, moment: dt.datetime) -> None:
        quote = _reload(deal.quote)
        who = deal.story.people[0].name if deal.story.people else deal.story.name
        customer = system_actor("customer", door="link")
        deal.quote = accept_quote(quote.pk, quote.edition, name=who, note="同意，请准备合同。", actor=customer).quote
        opportunity = _reload(deal.opportunity)
        actor = self._owner(opportunity)
        deal.opportunity = change_record(
            opportunity, {"is_confirmed": True, "amount": str(deal.quote.total_cny), "forecast": "commit"}, actor=actor
        )
        contract = draft_contract_from_quote(deal.quote, actor=actor)
        day = local(moment).date()
        contract = change_record(
            contract,
            {
                "our_party": "云杉数据科技有限公司",
                "their_signer": who,
                "starts_on": day.isoformat(),
                "ends_on": (day + dt.timedelta(days=365)).isoformat(),
            },
            actor=actor,
        )
        submitted = submit_contract(contract, actor=actor)
        legal = self._actors["qiuzhengyan"].fresh()
        deal.contract = review_contract(submitted, passed=True, actor=legal, reason="按新模板，违约条款已核对")

    def _sign(self, deal: Deal, moment: dt.datetime) -> None:
        if deal.contract is None:
            return
        contract = _reload(deal.contract)
        actor = self._owner(contract)
        day = local(moment).date()
        rest = contract.amount
        rows = []
        for number, (share, condition, days) in enumerate(_SHARES, 1):
            amount = rest if number == len(_SHARES) else (contract.amount * share / 100).quantize(Decimal("0.01"))
            rest -= amount
            rows.append(PlanRow(f"第{number}期", day + dt.timedelta(days=days), amount, condition))
        set_plan(contract, rows, actor=actor)
        deal.contract = sign_contract(_reload(contract), signed_on=day, actor=actor)
        deal.order = order_from_contract(deal.contract, actor=actor)
        deal.opportunity = enter_stage(_reload(deal.opportunity), "project.contract", actor=actor)
        self._pay(deal, moment, rows[0].amount)

    def _deliver(self, deal: Deal, moment: dt.datetime) -> None:
        if deal.order is None or deal.contract is None:
            return
        order = _reload(deal.order)
        day = local(moment).date().isoformat()
        deal.order = change_record(order, {"state": "delivered", "delivered_on": day}, actor=self._owner(order))
        contract = _reload(deal.contract)
        self._pay(deal, moment, (contract.amount * 60 / 100).quantize(Decimal("0.01")))
        # What finance has not confirmed yet is not paid: the rest of the newest ones is still to come.
        if deal.story.index % 2 == 0 and (self._sessions.end - moment).days > 2:
            contract = _reload(contract)
            self._pay(deal, moment, contract.amount - contract.paid_amount)
            enter_stage(_reload(deal.opportunity), "project.paid", actor=self._owner(contract))

    def _pay(self, deal: Deal, moment: dt.datetime, amount: Decimal) -> None:
        """The customer transfers, the owner enters it, finance confirms; the very last ones still wait."""
        assert deal.contract is not None
        contract = _reload(deal.contract)  # it may have changed hands since
        deal.paid += 1
        values = {
            "contract": str(contract.pk),
            "received_on": local(moment).date().isoformat(),
            "amount": str(amount),
            "method": "transfer",
            "reference": f"{local(moment):%y%m%d}{contract.pk:05d}{deal.paid}",
            "payer": deal.story.name,
        }
        payment: Payment = create_record(record_type("payment"), values, actor=self._owner(contract))
        if (self._sessions.end - moment).days > 2:
            confirm_payment(payment, actor=self._actors["wurong"].fresh())

    # -- parts

    def _of_story(self, story: Story, customer: Any) -> dict[str, Any]:
        return {
            "name": f"{story.name.removesuffix('有限公司').removesuffix('股份')}{story.product}"[:120],
            "customer": str(customer.pk),
            "amount": str(self._amount(story)),
            "interest": story.product,
            "product": str(self._products[story.product]) if story.product in self._products else "",
            "source": story.source,
        }

    @cached_property
    def _products(self) -> Mapping[str, int]:
        return dict(Product.objects.ungated("demo company").values_list("name", "pk"))

    def _amount(self, story: Story) -> Decimal:
        return Decimal(story.budget) * 10_000

    def _lines(self, story: Story) -> list[dict[str, Any]]:
        """What the customer asked for, as many as the budget holds, with installation."""
        products = {row.name: row for row in Product.objects.ungated("demo company")}
        wanted = products.get(story.product, products["备份一体机 B100"])
        lines: list[dict[str, Any]] = []
        if wanted.name == BUNDLE:
            parts = BundleLine.objects.filter(bundle=wanted).select_related("product")
            lines += [{"product": part.product_id, "bundle": wanted.pk, "quantity": "2"} for part in parts]
        else:
            count = max(1, min(20, int(self._amount(story) // max(wanted.price, 1))))
            lines.append(
                {"product": wanted.pk, "quantity": str(count), "discount": str(self._rng.choice((0, 0, 3, 5)))}
            )
        lines.append({"product": products["实施与迁移"].pk, "quantity": str(self._rng.randint(2, 8))})
        return lines

    def _owner(self, record: Any) -> Actor:
        """The owner as actor; records change hands while the year goes by."""
        return self._actors[self._usernames[record.owner_id]].fresh()

    def _last(self, story: Story) -> int:
        return story.visits[-1].session if story.visits else -1

    def _is_late(self, story: Story) -> bool:
        return self._days_ago(self._last(story)) < _LATELY_OPEN

    def _days_ago(self, session: int) -> int:
        return (self._sessions.end - self._sessions.moments[session]).days


def _reload(record: Any) -> Any:
    return type(record).objects.ungated("demo company").get(pk=record.pk)


def _customers(ids: Any) -> dict[int, Any]:
    return {row.pk: row for row in Customer.objects.ungated("demo company").filter(pk__in=set(ids))}


def _checked(drafts: Sequence[Any]) -> Sequence[Any]:
    for draft in drafts:
        if draft.problems:
            raise InvalidRecord(draft.problems)
    return drafts


def _store(key: str, drafts: Sequence[Any]) -> None:
    for draft in _checked(drafts):
        draft.record.created_by_id = draft.record.owner_id
    if drafts:
        store_new(record_type(key), drafts, actor=drafts[0].actor)
