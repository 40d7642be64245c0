"""What contracts and receipts put on pages: acts, the plan, sums of a customer, sections of Today (SAL-5, SAL-6)."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.models import FieldLevel
from kezhi.core.clock import today
from kezhi.core.figures import boolean_figure, integer_figure
from kezhi.records.presenting import CLEAR, Presented, Presenter, present_all
from kezhi.records.registry import Related, add_related, record_type
from kezhi.records.slots import Fill, Place, register_slot
from kezhi.records.timeline import register_renderer
from kezhi.sales import kinds_contracts as kinds
from kezhi.sales.facts_contracts import BINDING
from kezhi.sales.models import Contract, Instalment, OrderLine, Payment, Quote
from kezhi.sales.operations.contracts import newer_quote
from kezhi.sales.order_progress import PURPOSE, progress_of
from kezhi.sales.pages_quotes import links_fill
from kezhi.sales.planning import gap_words
from kezhi.work.deadlines import chips_for
from kezhi.work.today import Act, Decision, Section, register_section

_SHOWN = 8
_READABLE = {FieldLevel.READ, FieldLevel.WRITE}
_UNPAID = (Instalment.State.PLANNED, Instalment.State.PARTLY)


def _quote_act(place: Place) -> Fill | None:
    quote = place.record
    if quote is None or quote.state != Quote.State.ACCEPTED or not place.actor.allows("contract", "create"):
        return None
    return Fill("sales/contracts/quote_act.html", {"quote": quote})


def _contract_acts(place: Place) -> Fill | None:
    return Fill("sales/contracts/acts.html", _acts(place)) if place.record is not None else None


def _contract_menu(place: Place) -> Fill | None:
    return Fill("sales/contracts/menu.html", _acts(place)) if place.record is not None else None


def _acts(place: Place) -> dict[str, Any]:
    contract, policy = place.record, place.record_type.policy
    may_edit = policy.allows(place.actor, "edit", contract)
    is_main = contract.amends_id is None
    return {
        "contract": contract,
        "may_edit": may_edit,
        "may_review": policy.allows(place.actor, "review", contract),
        "may_receive": is_main and place.actor.allows("payment", "create") and contract.state in BINDING,
        "receive_url": receipt_address(contract, place.actor),
        "may_amend": is_main and may_edit and contract.state == Contract.State.SIGNED,
        "may_order": is_main and place.actor.allows("order", "create") and contract.state in BINDING,
        "may_end": may_edit and contract.state not in (Contract.State.FINISHED, Contract.State.ENDED),
        "needs_legal": boolean_figure("sales.legal_review") and contract.legal_state != Contract.Legal.PASSED,
    }


def receipt_address(contract: Contract, actor: Actor) -> str:
    """The form of a receipt, filled with today and what is due next on the plan as far as the actor reads it."""
    values: dict[str, object] = {"contract": contract.pk, "received_on": today().isoformat()}
    if contract.state == Contract.State.SIGNED and actor.allows("instalment", "view"):
        rows = Instalment.objects.visible_to(actor).filter(contract_id=contract.pk, state__in=_UNPAID)
        if (following := rows.order_by("due_on", "position", "pk").first()) is not None:
            values["instalment"] = following.pk
            if {record_type("instalment").level(key, actor) for key in ("amount", "paid_amount")} <= _READABLE:
                values["amount"] = following.amount - following.paid_amount
    return "/payments/new/?" + urlencode({**values, "back": f"/contracts/{contract.pk}/"})


def _newer_quote(place: Place) -> Fill | None:
    """A quote that changed since: said while the contract is being drafted and signed."""
    contract = place.record
    if contract is None or contract.quote_id is None or contract.state in (*BINDING, Contract.State.ENDED):
        return None
    newer = newer_quote(contract)
    return Fill("sales/contracts/newer_quote.html", {"newer": newer}) if newer is not None else None


def _plan(place: Place) -> Fill | None:
    contract = place.record
    if contract is None or contract.amends_id is not None or not place.actor.allows("instalment", "view"):
        return None
    rows = list(
        Instalment.objects.visible_to(place.actor)
        .filter(contract_id=contract.pk)
        .select_related("contract")
        .order_by("due_on", "position", "pk")
    )
    chips = chips_for("instalment", [row.pk for row in rows])
    planned = sum((row.amount for row in rows), Decimal(0))
    gap = contract.total_amount - planned
    total = contract.total_amount
    may_money = place.record_type.readable("total_amount", place.actor, contract.owner_id) and (
        place.record_type.readable("paid_amount", place.actor, contract.owner_id)
    )
    may_plan = place.actor.allows("instalment", "create") and (
        place.actor.allows("instalment", "edit") or place.record_type.policy.allows(place.actor, "edit", contract)
    )
    presenter = Presenter(record_type("instalment"), place.actor)
    context = {
        "contract": contract,
        "rows": [(Presented(row, presenter), _cells(Presented(row, presenter)), chips.get(row.pk, ())) for row in rows],
        "gap": gap_words(gap) if gap and rows and may_money else "",
        "percent": min(100, int(contract.paid_amount * 100 / total)) if total > 0 else 0,
        "over": max(contract.paid_amount - total, Decimal(0)),
        "may_money": may_money,
        "may_plan": may_plan and contract.state not in (Contract.State.FINISHED, Contract.State.ENDED),
    }
    return Fill("sales/contracts/plan_section.html", context)


def _cells(row: Presented) -> dict[str, Any]:
    return {key: row.html(key) for key in ("due_on", "amount", "paid_amount", "state")}


def _payment_act(place: Place) -> Fill | None:
    payment = place.record
    if payment is None or not place.record_type.policy.allows(place.actor, "review", payment):
        return None
    return Fill("sales/contracts/payment_act.html", {"payment": payment})


def _customer_sums(place: Place) -> Fill | None:
    """Contracts of a customer with what is signed, paid and open, and the next instalments."""
    customer = place.record
    known = record_type("contract")
    if customer is None or not place.actor.allows("contract", "view"):
        return None
    levels = {key: known.level(key, place.actor) for key in ("total_amount", "paid_amount", "next_due_on")}
    if any(levels[key] in ("hidden", "masked") for key in ("total_amount", "paid_amount")):
        return None
    rows = Contract.objects.visible_to(place.actor).filter(
        customer_id=customer.pk, amends__isnull=True, state__in=BINDING
    )
    if "owner" in levels.values():
        rows = rows.filter(owner_id__in=place.actor.rights.above_ids)
    sums = list(rows.order_by().values_list("total_amount", "paid_amount", "next_due_on"))
    if not sums:
        return None
    signed = sum((row[0] for row in sums), Decimal(0))
    paid = sum((row[1] for row in sums), Decimal(0))
    days = (row[2] for row in sums if row[2] is not None and levels["next_due_on"] not in ("hidden", "masked"))
    due = min(days, default=None)
    context = {
        "count": len(sums),
        "signed": signed,
        "paid": paid,
        "open": max(signed - paid, Decimal(0)),
        "due": due,
        "is_late": due is not None and due < today(),
        "percent": min(100, int(paid * 100 / signed)) if signed > 0 else 0,
    }
    return Fill("sales/contracts/customer_sums.html", context)


def waiting_payments(actor: Actor) -> Section | None:
    """For finance: receipts that wait to be confirmed, the oldest first."""
    if not actor.allows("payment", "review"):
        return None
    rows = Payment.objects.visible_to(actor, "review").filter(state=Payment.State.WAITING)
    found = list(rows.select_related("contract", "customer").order_by("received_on", "pk")[: _SHOWN + 1])
    if not found:
        return None
    decisions = [
        Decision(
            state="planned",
            when=payment.text("received_on"),
            title=" ".join(part for part in (payment.text("amount"), payment.text("customer")) if part),
            url=payment.url,
            why=payment.text("contract"),
            act=Act(_("确认到账"), f"{payment.url}confirmation/", sheet=True),
        )
        for payment in present_all(found[:_SHOWN], record_type("payment"), actor)
    ]
    count = len(found) if len(found) <= _SHOWN else rows[:1000].count()
    return Section("payments", _("待确认回款"), decisions, count, "/payments/")


def overdue_instalments(actor: Actor) -> Section | None:
    """For the owner: instalments of one's own contracts that are past their day."""
    if not actor.allows("instalment", "view"):
        return None
    late = today() - timedelta(days=max(integer_figure("sales.overdue_days"), 0))
    rows = Instalment.objects.visible_to(actor).filter(
        contract__owner_id__in=actor.rights.own_ids,
        contract__state=Contract.State.SIGNED,
        state__in=_UNPAID,
        due_on__lte=late,
    )
    found = list(rows.select_related("contract").order_by("due_on", "pk")[: _SHOWN + 1])
    if not found:
        return None
    decisions = []
    may_receive = actor.allows("payment", "create")
    for row, shown in zip(found, present_all(found[:_SHOWN], record_type("instalment"), actor), strict=False):
        days = (today() - row.due_on).days
        address = (
            f"/payments/new/?contract={row.contract_id}&instalment={row.pk}&received_on={today().isoformat()}&back=/"
        )
        decisions.append(
            Decision(
                state="overdue",
                when=ngettext("逾期 %(days)s 天", "逾期 %(days)s 天", days) % {"days": days},
                title=f"{shown.text('contract')} {shown.title}",
                url=f"/contracts/{row.contract_id}/",
                why=gettext("应收 %(amount)s") % {"amount": shown.text("amount")},
                act=Act(_("登记回款"), address, sheet=True) if may_receive else Act(_("查看"), shown.url),
            )
        )
    count = len(found) if len(found) <= _SHOWN else rows[:1000].count()
    return Section("overdue_instalments", _("逾期未回款"), decisions, count, "/instalments/")


def _order_path(place: Place) -> Fill | None:
    if place.record is None or place.presented is None or place.presented.cell("state").state != CLEAR:
        return None
    shows_promise = place.presented.cell("promised_on").state == CLEAR
    return Fill("sales/orders/path.html", {"steps": progress_of(place.record, shows_promise=shows_promise)})


def _order_lines(place: Place) -> Fill | None:
    """What was ordered, for those who see its amount."""
    order, known = place.record, place.record_type
    if order is None or not known.readable("amount", place.actor, known.policy.owner_id(order)):
        return None
    rows = list(OrderLine.objects.filter(order_id=order.pk).order_by("position", "pk"))
    may_edit = known.policy.allows(place.actor, "edit", order)
    return Fill("sales/orders/lines_section.html", {"order": order, "lines": rows, "may_edit": may_edit})


def _order_menu(place: Place) -> Fill | None:
    if place.record is None or not place.record_type.policy.allows(place.actor, "edit", place.record):
        return None
    return Fill("sales/orders/menu.html", {"order": place.record})


def _order_links(place: Place) -> Fill | None:
    order = place.record
    if order is None or not place.record_type.policy.allows(place.actor, "edit", order):
        return None
    return links_fill(
        order, PURPOSE, reverse("sales:order_link_end", args=[order.pk]), _("收回所有链接？客户就看不到进度了。")
    )


# Signing says it all; the clocks of the instalments follow from it.
register_renderer(kinds.AWAITED.key, lambda item: None, record_type="instalment")
add_related(
    "customer",
    Related("contract", "customer", pgettext_lazy("plural", "合同"), ("name", "state", "total_amount", "ends_on")),
    Related("payment", "customer", pgettext_lazy("plural", "回款"), ("received_on", "amount", "state")),
    Related("order", "customer", pgettext_lazy("plural", "订单"), ("name", "state", "amount", "ordered_on")),
)
register_slot("record.path", "order", _order_path)
register_slot("record.related", "order", _order_lines)
register_slot("record.related", "order", _order_links, order=60)
register_slot("record.menu", "order", _order_menu)
register_slot("record.actions", "quote", _quote_act, order=60)
register_slot("record.actions", "contract", _contract_acts)
register_slot("record.menu", "contract", _contract_menu)
register_slot("record.path", "contract", _newer_quote)
register_slot("record.related", "contract", _plan)
register_slot("record.actions", "payment", _payment_act)
register_slot("record.related", "customer", _customer_sums, order=40)
register_section(waiting_payments, order=28)
register_section(overdue_instalments, order=22)
