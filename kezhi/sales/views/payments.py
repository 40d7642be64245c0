"""The plan of a contract as one form, and finance's word on receipts (SAL-6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from kezhi.access.actors import Actor
from kezhi.access.policies import require
from kezhi.core.clock import today
from kezhi.core.values.dates import parse_date
from kezhi.core.values.money import parse_money
from kezhi.core.values.problem import ValueProblem
from kezhi.records.operations import InvalidRecord
from kezhi.records.presenting import present
from kezhi.records.views.answers import signed_in
from kezhi.sales.models import Contract, Instalment, Payment
from kezhi.sales.operations.payments import confirm_payment, money_over, refuse_payment, reverse_payment
from kezhi.sales.operations.plans import PlanRow, set_plan
from kezhi.sales.planning import MOST_INSTALMENTS, gap_words, months_later, read_split
from kezhi.sales.views.contracts import answer_sheet, first_problem
from kezhi.ui.toasts import toast

_SPARE_ROWS = 2
_KEYS = ("pk", "name", "due_on", "amount", "condition")


@dataclass(slots=True)
class _Line:
    """One row of the form as it was typed."""

    number: int
    values: Mapping[str, str]
    problem: str = ""
    has_focus: bool = False


@dataclass(frozen=True, slots=True)
class _Sums:
    """What the rows come to; how far that is from the contract's amount, and what could not be read, in words."""

    amount: Decimal
    gap: str
    unread: str


@require_http_methods(["GET", "POST"])
@signed_in
def plan(request: HttpRequest, actor: Actor, contract_id: int) -> HttpResponseBase:
    """GET/POST /contracts/5/plan/: all instalments at once; ``?split=30/60/10`` proposes them.

    POST ``act``: save, or sum (the sum only) and rest (the last row takes what is left) without saving anything.
    """
    contract: Contract = Contract.objects.visible_to(actor).get(pk=contract_id)
    require(actor, "edit" if not actor.allows("instalment", "edit") else "view", contract)
    context: dict[str, Any] = {
        "contract": present(contract, actor),
        "total": contract.total_amount,
        "split": request.GET.get("split", ""),
        "first": request.GET.get("first") or today().isoformat(),
        "every": request.GET.get("every") or "1",
        "problem": "",
    }
    if request.method == "GET":
        context["lines"], context["problem"] = _proposed(request, contract, actor)
        context["sums"] = _summed(context["lines"], contract)
        return render(request, "sales/contracts/plan.html", context, status=422 if context["problem"] else 200)
    if (act := request.POST.get("act")) in ("sum", "rest"):
        lines = _typed(request, all_rows=True)
        if act == "rest":
            _give_rest(lines, contract)
        context |= {"lines": lines, "sums": _summed(lines, contract)}
        return render(request, f"sales/contracts/{_part(act, request)}.html", context)
    lines = _typed(request)
    try:
        gap = set_plan(contract, _read(lines), actor=actor)
    except InvalidRecord as error:
        _place(lines, error)
        context |= {"lines": [*lines, *_spare(len(lines))], "problem": first_problem(error)}
        context["sums"] = _summed(lines, contract)
        return render(request, "sales/contracts/plan.html", context, status=422)
    if gap:
        toast(request, _("回款计划已保存。%(gap)s") % {"gap": gap_words(gap)}, tone="warning")
    else:
        toast(request, _("回款计划已保存，与合同金额一致"))
    return answer_sheet(request, contract)


@require_http_methods(["GET", "POST"])
@signed_in
def confirmation(request: HttpRequest, actor: Actor, payment_id: int) -> HttpResponseBase:
    """GET/POST /payments/5/confirmation/: finance confirms or refuses a receipt."""
    payment = _payment(payment_id, actor)
    contract, shown = payment.contract, present(payment, actor)
    cells = [shown.cell(key) for key in ("customer", "contract", "amount", "received_on", "payer", "reference")]
    context = {
        "payment": shown,
        "facts": [(cell.label, cell.html) for cell in cells if not cell.is_empty],
        "over": money_over(contract, payment.amount),
        "left": contract.total_amount - contract.paid_amount,
        "values": request.POST,
        "problem": "",
    }
    if request.method == "GET":
        return render(request, "sales/contracts/confirmation.html", context)
    try:
        if request.POST.get("decision") == "refused":
            refuse_payment(payment, reason=request.POST.get("reason", ""), actor=actor)
            said = _("已退回给登记的人")
        else:
            confirm_payment(payment, allow_over=request.POST.get("over") == "1", actor=actor)
            said = _("已确认到账")
    except InvalidRecord as error:
        context["problem"] = first_problem(error)
        return render(request, "sales/contracts/confirmation.html", context, status=422)
    toast(request, said)
    return answer_sheet(request, payment)


@require_http_methods(["GET", "POST"])
@signed_in
def reversal(request: HttpRequest, actor: Actor, payment_id: int) -> HttpResponseBase:
    """GET/POST /payments/5/reversal/: a confirmed receipt is taken back."""
    payment = _payment(payment_id, actor)
    shown = present(payment, actor)
    line = " · ".join(shown.text(key) for key in ("amount", "contract", "received_on"))
    context = {"payment": shown, "line": line, "values": request.POST, "problem": ""}
    if request.method == "GET":
        return render(request, "sales/contracts/reversal.html", context)
    try:
        reverse_payment(payment, reason=request.POST.get("reason", ""), actor=actor)
    except InvalidRecord as error:
        context["problem"] = first_problem(error)
        return render(request, "sales/contracts/reversal.html", context, status=422)
    toast(request, _("已冲销"))
    return answer_sheet(request, payment)


def _payment(pk: int, actor: Actor) -> Payment:
    found: Payment = Payment.objects.visible_to(actor).select_related("contract", "customer").get(pk=pk)
    require(actor, "review", found)
    return found


def _proposed(request: HttpRequest, contract: Contract, actor: Actor) -> tuple[list[_Line], str]:
    """The plan there is, or what splitting the amount makes; the sentence where it cannot be split."""
    rows = Instalment.objects.visible_to(actor).filter(contract_id=contract.pk).order_by("position", "due_on", "pk")
    there = [
        _Line(number, _values(row.name, row.due_on, row.amount, row.condition, row.pk))
        for number, row in enumerate(rows, start=1)
    ]
    if not request.GET.get("split"):
        return [*there, *_spare(len(there))], ""
    try:
        parts = read_split(request.GET["split"][:200], contract.total_amount)
        first = parse_date(request.GET.get("first", ""))
        every = int(request.GET.get("every", "1"))
    except ValueProblem as problem:
        return [*there, *_spare(len(there))], str(problem.message)
    except ValueError:
        return [*there, *_spare(len(there))], _("请填写一个整数")
    every = min(max(every, 0), 24)
    kept = [line.values["pk"] for line in there]
    lines: list[_Line] = []
    for number, part in enumerate(parts, start=1):
        name = _("第 %(number)s 期") % {"number": number}
        values = _values(name, months_later(first, every * (number - 1)), part)
        lines.append(_Line(number, {**values, "pk": kept[number - 1] if number <= len(kept) else ""}))
    return [*lines, *_spare(len(lines))], ""


def _values(name: str, due_on: date, amount: Decimal, condition: str = "", pk: int | str = "") -> dict[str, str]:
    return {
        "pk": str(pk),
        "name": name,
        "due_on": due_on.isoformat(),
        "amount": f"{amount:f}",
        "condition": condition,
    }


def _spare(count: int) -> list[_Line]:
    """Empty rows to go on in."""
    spare = min(_SPARE_ROWS, MOST_INSTALMENTS - count) if count else 3
    return [_Line(count + number, dict.fromkeys(_KEYS, "")) for number in range(1, spare + 1)]


def _part(act: str, request: HttpRequest) -> str:
    if act == "sum":
        return "plan_sum"
    return "plan_rows" if request.headers.get("HX-Request") else "plan"


def _summed(lines: list[_Line], contract: Contract) -> _Sums:
    whole, unread = Decimal(0), 0
    for line in lines:
        try:
            whole += parse_money(line.values["amount"]) if line.values["amount"] else 0
        except ValueProblem:
            unread += 1
    gap = contract.total_amount - whole
    words = ngettext("%(count)s 行的金额读不出，没有计入。", "%(count)s 行的金额读不出，没有计入。", unread)
    return _Sums(whole, gap_words(gap) if gap else "", words % {"count": unread} if unread else "")


def _give_rest(lines: list[_Line], contract: Contract) -> None:
    """Put what the other rows leave of the contract's amount into the last row, or say there why not."""
    begun = [line for line in lines if line.values["due_on"] or line.values["amount"]] or lines[:1]
    if not begun:
        return
    rest, last = contract.total_amount, begun[-1]
    for line in begun[:-1]:
        try:
            rest -= parse_money(line.values["amount"])
        except ValueProblem as problem:
            line.problem = str(problem.message)
    if any(line.problem for line in begun):
        return
    if rest <= 0:
        last.problem = _("其余各期的合计已达到合同金额，没有余额可放入最后一期。")
        return
    last.values, last.has_focus = {**last.values, "amount": f"{rest:f}"}, True


def _typed(request: HttpRequest, *, all_rows: bool = False) -> list[_Line]:
    """The rows with anything in them; a row whose name, day and amount were emptied is gone."""
    columns = {key: request.POST.getlist(key)[: MOST_INSTALMENTS + 10] for key in _KEYS}
    lines: list[_Line] = []
    for row in zip(*columns.values(), strict=False):
        values = {key: text.strip() for key, text in zip(_KEYS, row, strict=True)}
        if all_rows or values["due_on"] or values["amount"]:
            lines.append(_Line(len(lines) + 1, values))
    return lines


def _read(lines: list[_Line]) -> list[PlanRow]:
    rows = []
    problems: dict[str, Any] = {}
    for line in lines:
        try:
            day, amount = parse_date(line.values["due_on"]), parse_money(line.values["amount"])
        except ValueProblem as problem:
            problems[f"row.{line.number}."] = problem.message
            continue
        pk = line.values["pk"]
        rows.append(
            PlanRow(
                line.values["name"][:60],
                day,
                amount,
                line.values["condition"][:200],
                int(pk) if pk.isascii() and pk.isdigit() and len(pk) < 19 else None,
            )
        )
    if problems:
        raise InvalidRecord(problems)
    return rows


def _place(lines: list[_Line], error: InvalidRecord) -> None:
    for key, text in error.problems.items():
        part = key.split(".")
        if len(part) > 1 and part[0] == "row" and part[1].isdigit() and int(part[1]) <= len(lines):
            lines[int(part[1]) - 1].problem = str(text)
