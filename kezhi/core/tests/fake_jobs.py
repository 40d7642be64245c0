"""Jobs for the tests of core."""

import datetime as dt
import time

from django.db import transaction

from kezhi.core.events import ActorRef, EventDraft, EventKind, record_event, register_event_kind
from kezhi.core.jobs import PermanentFailure, enqueue, job, whenever
from kezhi.core.sealing import register_event_reader, seal_all, unsealed_exist
from kezhi.core.tests.fake_models import Mark


@job("core_tests.mark", retries=3)
def mark(text: str) -> None:
    Mark.objects.create(text=text)


@job("core_tests.mark_then_fail", retries=2)
def mark_then_fail(text: str) -> None:
    Mark.objects.create(text=text)
    raise ValueError("no such luck")


@job("core_tests.hopeless", retries=5)
def hopeless() -> None:
    raise PermanentFailure("the address does not exist")


@job("core_tests.call_out", retries=5, lane="io")
def call_out(text: str, idempotency_key: str) -> None:
    Mark.objects.create(text=f"{text} {idempotency_key}")


@job("core_tests.signed")
def signed(actor) -> None:
    Mark.objects.create(text=f"{actor.label} {actor.door} {actor.operation}")


@job("core_tests.chain")
def chain(left: int) -> None:
    Mark.objects.create(text=str(left))
    if left > 1:
        enqueue(chain, left=left - 1)


@job("core_tests.again")
def again() -> None:
    """Ask for itself once more under the same unique key, as a job does that finds more work."""
    if Mark.objects.count() < 2:
        enqueue(again, unique_key="again")
    Mark.objects.create(text="again")


LONG_AGO = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


@job("core_tests.mark_slowly")
def mark_slowly(text: str) -> None:
    """Leave its mark in the middle of its work, so that a kill can come before and after."""
    time.sleep(0.002)
    Mark.objects.create(text=text)
    time.sleep(0.002)


@job("core_tests.mark_in_steps", retries=20, in_steps=True)
def mark_in_steps(first: int, count: int) -> None:
    """Leave many marks, each in a transaction of its own with the look whether it is there."""
    for number in range(first, first + count):
        with transaction.atomic():
            if not Mark.objects.filter(text=f"step {number:04}").exists():
                time.sleep(0.001)
                Mark.objects.create(text=f"step {number:04}")


@job("core_tests.call_out_slowly", lane="io")
def call_out_slowly(text: str, idempotency_key: str) -> None:
    """The first attempt never comes back."""
    Mark.objects.create(text=f"{text} {idempotency_key}")
    if Mark.objects.count() == 1:
        time.sleep(60)


register_event_kind(EventKind("core_tests.happened", "发生"))


def happen(number: int) -> None:
    """Record an event, as an operation does."""
    actor = ActorRef("system", "系统", "job")
    with transaction.atomic():
        record_event(EventDraft(kind="core_tests.happened", record_type="thing", record_id=number, actor=actor))


@job("core_tests.happen_slowly")
def happen_slowly(number: int) -> None:
    """A short job whose effect is a mark and an event, one transaction with its "done"."""
    Mark.objects.create(text=f"did {number}")
    time.sleep(0.002)
    happen(number)
    time.sleep(0.002)


def seal_and_note_events() -> None:
    """Let this process seal events as the installed product does, with a reader that notes each and asks for a call."""

    @whenever(unsealed_exist)
    @job("core_tests.seal", lane="io", retries=20)
    def seal(idempotency_key: str) -> None:
        seal_all()

    def note(events):
        Mark.objects.bulk_create([Mark(text=f"saw {event.pk}") for event in events])
        for event in events:
            if event.record_id % 5 == 0:
                enqueue(call_out, text=f"call {event.pk}")

    register_event_reader("core_tests.note", note)
