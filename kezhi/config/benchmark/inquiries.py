# zh-data: what a made-up visitor typed and what a made-up quote says
"""What a visitor and a customer wait for: a form's post until a rep has the lead, and a quote as PDF."""

import secrets
import statistics
import time
from dataclasses import dataclass

from django.db import connection, transaction

from kezhi.access.actors import system_actor, user_actor
from kezhi.automation.models import Rule
from kezhi.automation.operations import switch_on
from kezhi.config.benchmark.client import BadAnswer
from kezhi.config.benchmark.server import up_server
from kezhi.core import epochs
from kezhi.records.operations import create_record
from kezhi.records.registry import record_type
from kezhi.sales.models import EntryForm, Lead, Opportunity, Quote
from kezhi.sales.operations.entry_forms import FormPlan, Submission, receive_submission, save_entry_form
from kezhi.sales.operations.quote_lines import set_quote_lines
from kezhi.sales.quote_pdf import quote_pdf

_PAGE = "bench"
_TURNS = 20
_LINES = 10
_PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class InquiryFigures:
    """Seconds from a form's post until the lead has an owner (median, worst), with an idle worker; milliseconds of
    processor time of a quote's PDF with ten lines, no two alike."""

    assigned_median: float
    assigned_worst: float
    pdf_ms: float


def measure_inquiries(rep_id: int) -> InquiryFigures:
    """Measure both; the leads stay, the quote does not."""
    pdf_ms = _pdf(rep_id)
    page = _page()
    connection.close()
    with up_server():
        taken = [_until_assigned(page, first=turn == 0) for turn in range(_TURNS + 1)][1:]
    connection.close()
    return InquiryFigures(statistics.median(taken), max(taken), pdf_ms)


def _page() -> EntryForm:
    """The page visitors fill in, and the rule that gives its leads to a rep."""
    actor = system_actor("bench")
    rule = Rule.objects.get(shipped_key="lead.assign")
    if not rule.is_on:
        switch_on(rule, actor=actor)
    page = EntryForm.objects.filter(name=_PAGE).first()
    if page is None:
        fields = (("name", True), ("contact_name", True), ("phone", True))
        plan = FormPlan(name=_PAGE, title_zh=_PAGE, fields=fields, channel="web_form")
        page = save_entry_form(None, plan, actor=actor)
    return page


def _until_assigned(page: EntryForm, *, first: bool) -> float:
    """Store what a visitor posted as the page's view does, and wait for the worker to give the lead to somebody."""
    mark = secrets.token_hex(6)
    typed = {
        "name": f"{mark}科技有限公司",
        "contact_name": "王敏",
        "phone": f"138{secrets.randbelow(10**8):08d}",
    }
    began = time.perf_counter()
    with epochs.snapshot():
        lead = receive_submission(page, Submission(typed, mark, consented=True))
    waiting = Lead.objects.ungated("bench").filter(pk=lead.pk, owner_id__isnull=True)
    while waiting.exists():
        # The first one also waits for the worker to start.
        if time.perf_counter() - began > (6 * _PATIENCE if first else _PATIENCE):
            raise BadAnswer("a lead was not assigned")
        time.sleep(0.005)
    taken = time.perf_counter() - began
    time.sleep(0.2)
    return taken


def _pdf(rep_id: int) -> float:
    with transaction.atomic():
        quote = _quote(rep_id)
        taken = []
        for turn in range(_TURNS + 1):
            quote.name = f"机房改造 {turn} 期"  # what was set once is not set again
            began = time.process_time()
            quote_pdf(quote)
            taken.append((time.process_time() - began) * 1000)
        transaction.set_rollback(True)
    return statistics.median(taken[1:])  # the first one loads compiler and fonts


def _quote(rep_id: int) -> Quote:
    with epochs.snapshot():
        actor = user_actor(rep_id)
        opportunity = Opportunity.objects.ungated("bench").filter(owner_id=rep_id, state="open").order_by("pk")[0]
        quote = create_record(
            record_type("quote"), {"name": "机房改造", "opportunity": str(opportunity.pk)}, actor=actor
        )
        lines = [
            {"description": f"备份一体机 {place}", "quantity": "2", "unit_price": "12800", "unit": "台"}
            for place in range(_LINES)
        ]
        made: Quote = set_quote_lines(quote, lines, actor=actor)
        return made
