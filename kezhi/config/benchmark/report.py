"""What was measured, as a table for the terminal and as ``docs/performance.md``."""

import os
import platform
import re
from dataclasses import dataclass, field
from pathlib import Path

from kezhi.config.benchmark.acts import Act
from kezhi.config.benchmark.client import Latency
from kezhi.config.benchmark.first_page import FirstPage
from kezhi.config.benchmark.importing import ImportFigures
from kezhi.config.benchmark.inquiries import InquiryFigures
from kezhi.config.benchmark.live import LiveFigures
from kezhi.config.benchmark.workflow import WorkflowFigures

_REFERENCE_MS = 0.8
"""What the bare view takes on the machine the budgets were written for."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One act: milliseconds of one client, answers a second of several."""

    act: Act
    latency: Latency
    rate: float


@dataclass
class Results:
    """Everything one run measured."""

    database: str
    customers: int
    clients: int
    bare: Measured
    acts: list[Measured] = field(default_factory=list)
    first_page: FirstPage | None = None
    start_seconds: float = 0.0
    megabytes: float = 0.0
    imported: ImportFigures | None = None
    workflow: WorkflowFigures | None = None
    live: LiveFigures | None = None
    inquiries: InquiryFigures | None = None

    def title(self) -> str:
        """The heading of a run; a later run with the same heading replaces it."""
        return f"{self.customers:,} customers on {self.database}"


def table(results: Results) -> str:
    """The figures as Markdown; ratios are against the bare view measured in the same run."""
    bare = results.bare
    lines = [
        "| act | p50 | p95 | processor | × bare | budget | × bare | per second | budget |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
        f"| {bare.act.name} | {_times(bare.latency)} | 1.0 | | | {bare.rate:.0f} | |",
    ]
    for row in results.acts:
        lines.append(
            f"| {row.act.name} | {_times(row.latency)} | {_ratio(row.latency, bare.latency):.1f} "
            f"| {row.act.most_ms:g} ms | {row.act.most_ms / _REFERENCE_MS:.1f} "
            f"| {row.rate:.0f} | {row.act.least_rate:g} |"
        )
    other = []
    if results.start_seconds:
        other.append(f"| first answer after `kezhi up` | {results.start_seconds:.1f} s | 3 s |")
        other.append(f"| memory of web and worker together | {results.megabytes:.0f} MB | 400 MB |")
    if results.first_page is not None:
        page = results.first_page
        other.append(f"| first page, compressed | {page.kilobytes:.0f} KB | 120 KB |")
        other.append(f"| first page, requests | {page.requests} | 12 |")
    if results.imported is not None:
        done = results.imported
        both = done.check_seconds + done.apply_seconds
        other.append(
            f"| xlsx import, {done.rows:,} rows with contacts (check {done.check_seconds:.0f} s, "
            f"store {done.apply_seconds:.0f} s, {done.created:,} customers; "
            f"{done.processor_seconds:.0f} s of processor time, "
            f"{_in_bare(done.processor_seconds * 1000 / done.rows, bare):.2f} bare views a row) "
            f"| {both:.0f} s | 60 s, {60_000 / done.rows / _REFERENCE_MS:.2f} bare views a row |"
        )
        other.append(f"| its largest memory | {done.megabytes:.0f} MB | 400 MB |")
    if results.workflow is not None:
        work = results.workflow
        other.append(
            f"| events through 50 rules, {work.runs} runs, per second of processor time "
            f"| {work.events_per_second:.0f} | 500 |"
        )
        other.append(
            f"| dry run over {work.dry_run_records:,} records | {work.dry_run_seconds:.1f} s | 5 s for 100,000 |"
        )
        other.append(f"| 10,000 due deadlines | {work.deadlines_seconds:.1f} s | 30 s |")
        other.append(f"| inbox with 10,000 entries | {work.inbox_ms:.1f} ms | 8 ms |")
    if results.inquiries is not None:
        asked = results.inquiries
        other.append(
            f"| from a form's post until a rep has the lead, idle worker (worst {asked.assigned_worst:.2f} s) "
            f"| {asked.assigned_median:.2f} s | 1 s |"
        )
        other.append(
            f"| a quote of ten lines as PDF, processor time ({asked.pdf_ms / bare.latency.cpu:.0f} × bare) "
            f"| {asked.pdf_ms:.0f} ms | 100 ms ({100 / _REFERENCE_MS:.0f} × bare) |"
            if bare.latency.cpu
            else f"| a quote of ten lines as PDF | {asked.pdf_ms:.0f} ms | 100 ms |"
        )
    if results.live is not None:
        live = results.live
        other.append(
            f"| from an event to what the inbox shows of it, idle worker (worst {live.seen_worst:.2f} s) "
            f"| {live.seen_median:.2f} s | 1 s |"
        )
        other.append(
            f"| saving a field on a page while {live.events:.0f} events/s run through 50 rules, p99 "
            f"(median {live.save_median:.0f} ms; without events p99 {live.quiet_p99:.0f} ms; "
            f"{live.behind} events waited at the end) "
            f"| {live.save_p99:.0f} ms | 60 ms |"
        )
    if other:
        lines += ["", "| what | measured | budget |", "|---|--:|--:|", *other]
    return "\n".join(lines)


def _times(latency: Latency) -> str:
    return f"{latency.p50:.1f} ms | {latency.p95:.1f} ms | {latency.cpu:.1f} ms"


def _ratio(latency: Latency, bare: Latency) -> float:
    """By processor time where the system tells it, since waiting for a busy machine is no property of the act."""
    return latency.cpu / bare.cpu if latency.cpu and bare.cpu else latency.p50 / bare.p50


def _in_bare(milliseconds: float, bare: Measured) -> float:
    """So much time in bare views, whatever the machine does besides."""
    return milliseconds / (bare.latency.cpu or bare.latency.p50)


def notes(results: Results, day: str, command: str) -> str:
    """Under which circumstances a run was made."""
    load = os.getloadavg()[0]
    cores = os.cpu_count() or 1
    busy = f" The machine was busy with other work (load {load:.0f} on {cores} cores)." if load > cores + 1 else ""
    return (
        f"{day}, {cores} cores, {_memory()} GB, Python {platform.python_version()}, `{command}`, "
        f"{results.clients} clients for the throughput.{busy}"
    )


def write_page(path: Path, results: Results, note: str) -> None:
    """Put a run into the page; other runs on it stay."""
    before = path.read_text() if path.exists() else _HEAD
    section = f"## {results.title()}\n\n{note}\n\n{table(results)}\n"
    pattern = re.compile(rf"^## {re.escape(results.title())}\n.*?(?=^## |\Z)", re.S | re.M)
    if pattern.search(before):
        text = pattern.sub(lambda _found: section + "\n", before)
    else:
        text = before.rstrip() + "\n\n" + section
    path.write_text(text.rstrip() + "\n")


def _memory() -> int:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
    except (ValueError, OSError):
        return 0


_HEAD = """# Performance

`make bench` makes a register once (bulk inserts, not through operations), starts the real server as `kezhi up` does but
with two processes, signs in as the manager of a department of 50 reps who together own half of all customers, and asks
over loopback: one client after the other for the milliseconds, several clients at once for the answers a second.
`make bench CUSTOMERS=1000000` does it with a million, `DATABASE_URL=…` with an empty PostgreSQL database of its own.

Milliseconds depend on the machine and on what else it does; the **ratio to a bare Django view** of the same server (50
rows of the same table as JSON, no middleware, no rights), taken in processor time of the server, does so much less.
Budgets were written for an idle
machine where the bare view takes 0.8 ms and answers 1,800 times a second with 8 clients; the second "× bare" column is
the budget in that measure. Milliseconds and answers a second of a busy machine say nothing about the budgets.
"""
