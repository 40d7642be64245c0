"""How quickly rules, promises and the inbox work through a lot: figures of the worker, not of pages.

Measured in this process on the register the pages were measured on, in processor time, so that a busy machine counts
little. What it makes (rules, customers, notices) it takes away again by rolling back.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from django.db import transaction

from kezhi.access.actors import Actor, system_actor, user_actor
from kezhi.automation.definition import read_definition
from kezhi.automation.models import Rule, RuleRun
from kezhi.automation.operations import make_rule, publish_rule, switch_on
from kezhi.automation.trying import try_rule
from kezhi.core.clock import now
from kezhi.core.jobs import run_pending
from kezhi.core.models import Job, Outbox
from kezhi.core.models.jobs import LIVE_STATES
from kezhi.core.sealing import seal_all
from kezhi.customers.models import Customer
from kezhi.records.operations.writing import draft_new, store_new
from kezhi.records.registry import record_type
from kezhi.work.deadlines_sweep import sweep_deadlines
from kezhi.work.inbox import Place, inbox_page
from kezhi.work.notices import About, Notice, notify
from kezhi.work.operations.deadlines import Promise, start_deadlines

T = TypeVar("T")

_RULES = 50
_EVENTS = 1000
_DUE = 10_000
_BATCH = 200


@dataclass(frozen=True, slots=True)
class WorkflowFigures:
    """``events_per_second`` through 50 rules; seconds of a dry run and of 10,000 due deadlines; the inbox in ms."""

    events_per_second: float
    runs: int
    dry_run_seconds: float
    dry_run_records: int
    deadlines_seconds: float
    inbox_ms: float


def measure_workflow(manager_id: int) -> WorkflowFigures:
    """Measure everything, each part in a transaction of its own that is rolled back."""
    rate, runs = _rolled_back(lambda: _events_through_rules(manager_id))
    dry_seconds, looked_at = _rolled_back(_dry_run)
    due = _rolled_back(_due_deadlines)
    inbox = _rolled_back(lambda: _inbox(manager_id))
    return WorkflowFigures(rate, runs, dry_seconds, looked_at, due, inbox)


def _events_through_rules(owner_id: int) -> tuple[float, int]:
    """Events a second through 50 rules; every second event starts one, which tells its owner and sets a field."""
    actor = system_actor("bench")
    customer = record_type("customer")
    Rule.objects.update(is_on=False)
    for number in range(_RULES):
        condition = {"all": [{"field": "name", "op": "contains", "value": f"号{number:02}组"}]}  # zh-data
        steps = [
            {"do": "notify", "with": {"to": ["owner"], "text": {"zh": "{name}"}}},
            {"do": "set_field", "with": {"field": "note", "value": "{name}"}},
        ]
        draft = {"when": {"on": "created"}, "if": condition, "do": steps}
        rule = make_rule(customer, name_zh=f"bench {number}", draft=draft, actor=actor)
        publish_rule(rule, actor=actor)
        switch_on(rule, actor=actor)
    _work()
    stamp = time.time_ns()
    for start in range(0, _EVENTS, _BATCH):
        rows = [
            {"name": f"测量{stamp}号{number // 10 % 100:02}组{number}", "owner": str(owner_id)}  # zh-data
            for number in range(start, start + _BATCH)
        ]
        store_new(customer, draft_new(customer, rows, actor=actor), actor=actor)
    before = RuleRun.objects.count()
    seconds = _cpu(_work)
    return _EVENTS / seconds, RuleRun.objects.count() - before


def _dry_run() -> tuple[float, int]:
    """Seconds to try a rule by time on every customer there is."""
    raw = {
        "when": {
            "on": "time",
            "field": "last_followed_at",
            "direction": "after",
            "span": {"number": 7, "unit": "day"},
        },
        "if": {"all": [{"field": "owner", "op": "is_filled"}]},
        "do": [{"do": "notify", "with": {"to": ["owner", "owner_manager"], "text": {"zh": "{name}"}}}],
    }
    definition = read_definition(raw, record_type("customer"))
    trials = []
    seconds = _cpu(lambda: trials.append(try_rule(definition, actor=system_actor("bench"))))
    return seconds, trials[0].looked_at


def _due_deadlines() -> float:
    """Seconds to see 10,000 promises past their time, with all the rules that follow."""
    actor = system_actor("bench")
    # The rules by time look at the whole register once: work of their own, that these promises do not make.
    Rule.objects.filter(is_on=True).update(scanned_at=now())
    rows = Customer.objects.ungated("bench").filter(owner__isnull=False).order_by("pk")
    promises = [
        Promise(
            kind="first_contact",
            about=About("customer", pk, ""),
            owner_id=owner,
            due_at=now() + timedelta(milliseconds=1),
        )
        for pk, owner in rows.values_list("pk", "owner_id")[:_DUE]
    ]
    start_deadlines(promises, actor=actor)
    _work()  # clocks follow the event log

    def pass_and_follow() -> None:
        _until_none(lambda: sweep_deadlines(actor=actor))
        _work()

    return _cpu(pass_and_follow)


def _inbox(user_id: int) -> float:
    """Milliseconds of the inbox page with 10,000 entries waiting, the best of ten."""
    actor: Actor = user_actor(user_id)
    notify(
        [
            Notice(kind="reminder", user_id=user_id, title=f"bench {number}", url="/", channels=("app",))
            for number in range(_DUE)
        ],
        actor=actor,
    )
    return 1000 * min(_cpu(lambda: inbox_page(actor, Place())) for _turn in range(10))


def _work() -> None:
    while True:
        sealed, ran = seal_all(), run_pending()
        if not sealed and not ran:
            return


def _until_none(act: Callable[[], int]) -> None:
    while act():
        pass


def _cpu(act: Callable[[], object]) -> float:
    """Seconds of processor time."""
    began = time.process_time()
    act()
    return time.process_time() - began


def _rolled_back(act: Callable[[], T]) -> T:
    with transaction.atomic():
        _leave_backlog()
        result = act()
        transaction.set_rollback(True)
    return result


def _leave_backlog() -> None:
    """What other measurements have left for a worker (a register of its own is 400,000 events) is not measured here."""
    Outbox.objects.all().delete()
    Job.objects.filter(state__in=LIVE_STATES).delete()
