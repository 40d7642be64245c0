"""Payment plans: splitting an amount into instalments, and whether they add up (SAL-6)."""

import re
from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext_lazy as _

from kezhi.core.values.money import format_money
from kezhi.core.values.problem import ValueProblem
from kezhi.sales.models import Contract, Instalment

CENT = Decimal("0.01")
MOST_INSTALMENTS = 60
# What people type between shares: 30/60/10, 30％，60％，10％, 30 60 10, 30+60+10, 30:60:10.
_BETWEEN = re.compile(r"[\s/／、，,;；:：+＋]+")


def split_by_percents(amount: Decimal, percents: Sequence[Decimal]) -> list[Decimal]:
    """The amount in parts of these percentages, to the cent; the last part takes what rounding leaves.

    Raises:
        ValueProblem: they are not above nothing, or do not make a hundred.
    """
    if not percents or len(percents) > MOST_INSTALMENTS or any(percent <= 0 for percent in percents):
        raise ValueProblem("plan.percents", _("请填写各期比例，例如 30/60/10。"))
    if (whole := sum(percents, Decimal(0))) != 100:
        raise ValueProblem(
            "plan.percents", _("各期比例合计是 %(sum)s%%，应为 100%%。"), {"sum": f"{whole.normalize():f}"}
        )
    parts = [(amount * percent / 100).quantize(CENT, ROUND_HALF_UP) for percent in percents[:-1]]
    return [*parts, amount - sum(parts, Decimal(0))]


def split_equally(amount: Decimal, count: int) -> list[Decimal]:
    """The amount in so many equal parts; the last takes the cents left over."""
    if not 1 <= count <= MOST_INSTALMENTS:
        raise ValueProblem("plan.count", _("分期数应在 1 到 %(most)s 之间。"), {"most": MOST_INSTALMENTS})
    part = (amount / count).quantize(CENT, ROUND_HALF_UP)
    return [*[part] * (count - 1), amount - part * (count - 1)]


def read_split(text: str, amount: Decimal) -> list[Decimal]:
    """The parts that "30/60/10" (percentages) or "4" (equal parts) make of an amount."""
    pieces = [piece for piece in _BETWEEN.split(text.replace("%", "").replace("％", "")) if piece]
    try:
        numbers = [Decimal(piece) for piece in pieces]
    except ArithmeticError:
        raise ValueProblem("plan.percents", _("请填写各期比例，例如 30/60/10。")) from None
    if any(not number.is_finite() for number in numbers):
        raise ValueProblem("plan.percents", _("请填写各期比例，例如 30/60/10。"))
    if len(numbers) == 1 and numbers[0] == numbers[0].to_integral_value() and numbers[0] != 100:
        return split_equally(amount, int(numbers[0]) if abs(numbers[0]) <= MOST_INSTALMENTS else 0)
    return split_by_percents(amount, numbers)


def months_later(day: date, months: int) -> date:
    """The same day so many months on; the month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def plan_difference(contract: Contract) -> Decimal:
    """What the plan lacks to the contract's whole amount; below nothing where it holds too much."""
    rows = Instalment.objects.ungated("does it add up").filter(contract_id=contract.pk, deleted_at__isnull=True)
    return contract.total_amount - sum(rows.values_list("amount", flat=True), Decimal(0))


def plan_gap(contract: Contract) -> Decimal:
    """:func:`plan_difference` where there is a plan; 0 where none was made yet."""
    there = Instalment.objects.ungated("is there a plan").filter(contract_id=contract.pk, deleted_at__isnull=True)
    return plan_difference(contract) if there.exists() else Decimal(0)


def gap_words(gap: Decimal) -> str:
    """A plan that does not add up, in words."""
    if gap > 0:
        return str(_("回款计划比合同金额少 %(gap)s。")) % {"gap": format_money(gap)}
    return str(_("回款计划比合同金额多 %(gap)s。")) % {"gap": format_money(-gap)}
