"""The way of an order, for its page and for the customer's private link (SAL-9)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils.functional import Promise

from kezhi.core.clock import now
from kezhi.core.figures import integer_figure
from kezhi.sales.models import Order, OrderStep

PURPOSE = "order"
_WAY = (Order.State.PLACED, Order.State.PREPARING, Order.State.SHIPPED, Order.State.DELIVERED)


@dataclass(frozen=True, slots=True)
class ProgressStep:
    """One step: since when, or expected when; ``is_here`` for where the order stands."""

    label: str | Promise
    day: date | None
    is_done: bool
    is_here: bool
    is_expected: bool = False


def progress_of(order: Order, *, shows_promise: bool = True) -> list[ProgressStep]:
    """The steps of an order with their days; of a cancelled one those it took. The day promised may be kept back."""
    days: dict[str, date] = {}
    for state, day in OrderStep.objects.filter(order_id=order.pk).values_list("state", "happened_on"):
        days[state] = day
    if order.state == Order.State.CANCELLED:
        taken = [state for state in (*_WAY[:3], Order.State.CANCELLED) if state in days]
        return [ProgressStep(state.label, days[state], True, state == order.state) for state in taken]
    here = list(_WAY).index(Order.State(order.state))
    steps = []
    for place, state in enumerate(_WAY):
        is_done = place <= here
        since = days.get(state) if is_done else None
        if state == Order.State.DELIVERED and not is_done and order.promised_on and shows_promise:
            steps.append(ProgressStep(state.label, order.promised_on, False, False, is_expected=True))
        else:
            steps.append(ProgressStep(state.label, since, is_done, place == here))
    return steps


def link_end() -> datetime:
    """Until when a new link to an order opens."""
    return now() + timedelta(days=integer_figure("sales.order_link_days"))
