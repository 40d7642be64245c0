"""What a user waits for while rules work: from an event to what is seen of it, and saving a page meanwhile.

Measured from outside against a running ``kezhi up``: pages and one worker, each a process of its own, as installed.
"""

import multiprocessing
import re
import secrets
import statistics
import time
from dataclasses import dataclass
from multiprocessing.connection import Connection
from urllib.parse import urlencode

from django.db import connection, transaction

from kezhi.access.actors import system_actor
from kezhi.automation.models import Rule, RuleRun
from kezhi.automation.operations import make_rule, publish_rule, switch_off, switch_on
from kezhi.config.benchmark.client import BadAnswer, HttpClient, get, post
from kezhi.config.benchmark.server import sign_in, up_server
from kezhi.core.events import ActorRef, EventDraft, record_events
from kezhi.core.figures import integer_figure, set_figure
from kezhi.core.models import Outbox
from kezhi.customers.models import Customer
from kezhi.records import kinds
from kezhi.records.registry import record_type
from kezhi.work.models import Notification

_TITLE = "bench live"
_FOLDS = "automation.fold_after"
_RULES = 50
_TURNS = 20
_RATE = 500
_BATCH = 25
_SECONDS = 12.0
# A person does not save ten times a second, but several people together do.
_PAUSE = 0.02
_PATIENCE = 20.0


@dataclass(frozen=True, slots=True)
class LiveFigures:
    """``seen`` are seconds from an event to its effect on the page (median, worst); ``save`` milliseconds to save a
    page (median, p99) while ``events`` a second run through 50 rules, and without any (``quiet_p99``); ``behind`` how
    many events waited at the end."""

    seen_median: float
    seen_worst: float
    save_median: float
    save_p99: float
    quiet_p99: float
    events: float
    behind: int


def measure_live(username: str, password: str, manager_id: int, owner_id: int) -> LiveFigures:
    """Start Kezhi, measure, stop it, and take away what the rules made."""
    rows = Customer.objects.ungated("bench").filter(owner_id=owner_id).order_by("-pk")
    numbers = dict(rows.values_list("pk", "number")[:500])
    customers = list(numbers)
    rules = _make_rules(manager_id, list(numbers.values()))
    folds_after = integer_figure(_FOLDS)
    # Each message is looked for by itself; more than so many of one rule would become one line.
    _set_folding(_TURNS + 2)
    connection.close()
    try:
        with up_server() as server:
            cookie = sign_in(server.port, username, password)
            seen = _effects(server.port, cookie, customers[0])
            _set_folding(folds_after)
            quiet, _none = _saving(server.port, cookie, customers, 0)
            saved, rate = _saving(server.port, cookie, customers, _RATE)
            behind = Outbox.objects.count()
    finally:
        _set_folding(folds_after)
        for rule in rules:
            switch_off(rule, reason="bench", actor=system_actor("bench"))
        RuleRun.objects.filter(rule__in=rules).delete()
        Notification.objects.filter(title__startswith=_TITLE).delete()
        connection.close()
    return LiveFigures(
        statistics.median(seen), max(seen), statistics.median(saved), _p99(saved), _p99(quiet), rate, behind
    )


def _set_folding(after: int) -> None:
    set_figure(_FOLDS, after, actor_ref=system_actor("bench").ref)


def _p99(taken: list[float]) -> float:
    return statistics.quantiles(taken, n=100, method="inclusive")[98]


def _make_rules(manager_id: int, numbers: list[str]) -> list[Rule]:
    """One rule that tells the manager, and 49 that tell the owner; every second customer is one rule's."""
    actor = system_actor("bench")
    rules = []
    for number in range(_RULES):
        field, to = ("city", ["owner"]) if number else ("district", [f"user:{manager_id}"])
        mine = numbers[: len(numbers) // 2][number - 1 :: _RULES - 1]
        condition = {"any": [{"field": "number", "op": "is", "value": each} for each in mine or ["-"]]}
        text = {"zh": f"{_TITLE} {{number}} {{who}}"}
        draft = {
            "when": {"on": "changed", "fields": [field]},
            "if": condition if number else {},
            "do": [{"do": "notify", "with": {"to": to, "text": text}}],
        }
        rule = make_rule(record_type("customer"), name_zh=f"{_TITLE} {number}", draft=draft, actor=actor)
        publish_rule(rule, actor=actor)
        rules.append(switch_on(rule, actor=actor))
    return rules


def _effects(port: int, cookie: str, customer: int) -> list[float]:
    """Seconds from an event's commit until the inbox page shows what a rule made of it, the worker idle before."""
    client, page = HttpClient(port), get("/inbox/?tab=all", {"Cookie": cookie})
    taken = []
    for turn in range(_TURNS + 1):
        mark = f"x{secrets.token_hex(6)}"
        _record("district", [customer], mark)
        began = time.perf_counter()
        while mark.encode() not in client.ask(page).body:
            # The first one also waits for the worker to start, and for what an earlier run left undone.
            if time.perf_counter() - began > (_PATIENCE if turn else 6 * _PATIENCE):
                raise BadAnswer("a rule's message did not come")
            time.sleep(0.005)
        if turn:
            taken.append(time.perf_counter() - began)
        time.sleep(0.2)
    client.close()
    return taken


def _saving(port: int, cookie: str, customers: list[int], wanted: float) -> tuple[list[float], float]:
    """Milliseconds to save a field on a page while events pour in, and how many a second there were."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    connection.close()
    process = context.Process(target=_keep_saving, args=(theirs, port, cookie, customers[-1]))
    process.start()
    theirs.close()
    began, sent = time.perf_counter(), 0
    while (spent := time.perf_counter() - began) < _SECONDS:
        if sent >= spent * wanted:
            time.sleep(0.002)
            continue
        first = sent % (len(customers) - _BATCH)
        _record("city", customers[first : first + _BATCH], "bench")
        sent += _BATCH
    rate = sent / (time.perf_counter() - began)
    told = ours.recv() if ours.poll(_PATIENCE) else "the client did not end in time"
    process.join(5)
    if isinstance(told, str):
        raise BadAnswer(told)
    return told, rate


def _keep_saving(told: Connection, port: int, cookie: str, customer: int) -> None:
    try:
        token = re.search(r"csrftoken=([^;]+)", cookie)
        headers = {
            "Cookie": cookie,
            "X-CSRFToken": token[1] if token else "",
            "HX-Request": "true",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        client, taken = HttpClient(port), []
        until = time.perf_counter() + _SECONDS
        while time.perf_counter() < until:
            body = urlencode({"note": secrets.token_hex(8)}).encode()
            before = time.perf_counter()
            answer = client.ask(post(f"/customers/{customer}/fields/note/", headers, body))
            taken.append((time.perf_counter() - before) * 1000)
            if answer.status != 200:
                raise BadAnswer(f"saving was answered with {answer.status}")
            time.sleep(_PAUSE)
        told.send(taken)
    except (BadAnswer, OSError) as problem:
        told.send(str(problem) or type(problem).__name__)


def _record(field: str, customers: list[int], who: str) -> None:
    """What happened to these customers, as an operation would write it down; their rows stay as they are."""
    actor = ActorRef("system", who, "api")
    with transaction.atomic():
        record_events(
            [
                EventDraft(
                    kind=kinds.CHANGED.key,
                    record_type="customer",
                    record_id=pk,
                    actor=actor,
                    changes={field: ("", who)},
                )
                for pk in customers
            ]
        )
