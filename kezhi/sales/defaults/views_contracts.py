"""Saved views of contracts, instalments, receipts and orders that come with Kezhi."""

from typing import Any

from kezhi.records.defaults import ShippedView, register_views

_CONTRACTS = ("name", "number", "customer", "state", "total_amount", "paid_amount", "next_due_on", "ends_on", "owner")
_INSTALMENTS = ("name", "contract", "due_on", "amount", "paid_amount", "state")
_PAYMENTS = ("number", "customer", "contract", "received_on", "amount", "method", "reference", "state")
_ORDERS = ("name", "number", "customer", "state", "amount", "ordered_on", "promised_on", "owner")


def _is(field: str, *values: str) -> dict[str, Any]:
    return {"field": field, "op": "is", "value": list(values)}


def _all(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"all": list(parts)} if parts else {}


_UNPAID = _is("state", "planned", "partly")

register_views(
    ShippedView("contracts-all", "contract", "全部合同", "All contracts", {}, _CONTRACTS, "-created_at"),
    ShippedView(
        "contracts-review",
        "contract",
        "待法务审核",
        "Waiting for legal",
        _all(_is("state", "review")),
        _CONTRACTS,
        "-created_at",
    ),
    ShippedView(
        "contracts-expiring",
        "contract",
        "即将到期",
        "Expiring",
        _all(_is("state", "signed"), {"field": "ends_on", "op": "within_next_days", "value": 90}),
        _CONTRACTS,
        "ends_on",
    ),
    ShippedView("instalments-all", "instalment", "全部期次", "All instalments", {}, _INSTALMENTS, "due_on"),
    ShippedView(
        "instalments-overdue",
        "instalment",
        "逾期未回款",
        "Overdue",
        _all(_UNPAID, _is("contract.state", "signed"), {"field": "due_on", "op": "overdue"}),
        _INSTALMENTS,
        "due_on",
    ),
    ShippedView("payments-all", "payment", "全部回款", "All payments", {}, _PAYMENTS, "-received_on"),
    ShippedView(
        "payments-waiting",
        "payment",
        "待确认回款",
        "To confirm",
        _all(_is("state", "waiting")),
        _PAYMENTS,
        "-received_on",
    ),
    ShippedView("orders-all", "order", "全部订单", "All orders", {}, _ORDERS, "-ordered_on"),
    ShippedView(
        "orders-open",
        "order",
        "未交付",
        "Not delivered",
        _all(_is("state", "placed", "preparing", "shipped")),
        _ORDERS,
        "-ordered_on",
    ),
)
