"""Jobs for the tests of core."""

import datetime as dt
import time

from kezhi.core.jobs import PermanentFailure, enqueue, job
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


@job("core_tests.call_out_slowly", lane="io")
def call_out_slowly(text: str, idempotency_key: str) -> None:
    """The first attempt never comes back."""
    Mark.objects.create(text=f"{text} {idempotency_key}")
    if Mark.objects.count() == 1:
        time.sleep(60)
