"""Sending a delivery, trying again with growing delay, and switching off an address that has failed for days (AUTO-5).

A delivery carries the number of its present ``run``; the job that sends it names the run it was made for. So a job that
runs twice (its worker died) or lies in the queue beside a newer one does nothing, and each failure orders exactly one
further job. What one subscription fails at holds up nobody else: while it is paused, its deliveries wait untried.
"""

import datetime as dt
import logging
import random

from django.db import transaction
from django.db.models import QuerySet

from kezhi.access.actors import system_actor
from kezhi.access.rights import organisation
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.core.events import EventDraft, record_event
from kezhi.core.figures import integer_figure
from kezhi.core.jobs import enqueue, job, schedule
from kezhi.core.models.events import Event
from kezhi.exchange import kinds
from kezhi.exchange.faults import Fault
from kezhi.exchange.models import Delivery, DeliveryState, Receipt, Subscription
from kezhi.exchange.outgoing import AddressForbidden
from kezhi.exchange.webhooks import alerts
from kezhi.exchange.webhooks.payloads import payload_of
from kezhi.exchange.webhooks.posting import Posted, Undelivered, encode, post_body

_GROWTH = 6
_log = logging.getLogger(__name__)
_BATCH = 500


@job("exchange.deliver_webhook", lane="io", retries=5)
def deliver(*, delivery_id: int, run: int, idempotency_key: str = "") -> None:
    """Send a delivery if it still waits in this run. Its failures order further jobs, as the figures say."""
    delivery = Delivery.objects.select_related("subscription").filter(pk=delivery_id, run=run).first()
    if delivery is None or delivery.state != DeliveryState.WAITING:
        return
    subscription = delivery.subscription
    if not subscription.is_active or subscription.removed_at is not None:
        _end(delivery, run, DeliveryState.FAILED, problem_code=subscription.off_code or "webhook.off")
        return
    if subscription.owner_id not in organisation().active_ids:
        switch_off(subscription, "webhook.off_owner")
        _end(delivery, run, DeliveryState.FAILED, problem_code="webhook.off_owner")
        return
    if subscription.paused_until is not None and subscription.paused_until > now():
        _wait(delivery, run, subscription.paused_until + _scatter(10))
        return
    try:
        body = delivery.body or _written(delivery)
    except Withheld:
        _end(delivery, run, DeliveryState.WITHHELD, problem_code="webhook.withheld")
        return
    except (ArithmeticError, LookupError, TypeError, ValueError):
        # A value that cannot be written now cannot be written by a repetition; somebody must look, then send again.
        _log.exception("the message about event %s could not be written", delivery.event_id)
        _end(delivery, run, DeliveryState.FAILED, problem_code="webhook.unwritable")
        return
    try:
        posted = post_body(subscription.url, body.encode(), idempotency_key=delivery.key, secret=subscription.secret)
    except Fault as fault:
        _failed(delivery, run, fault)
    else:
        _arrived(delivery, run, posted)


class Withheld(Exception):
    """The subscription's owner may not see the record."""


def retry_delay(attempts: int) -> dt.timedelta:
    """How long to wait after this many failed attempts, scattered by a fifth."""
    first = integer_figure("webhooks.first_delay_seconds")
    longest = integer_figure("webhooks.longest_delay_minutes") * 60
    # The exponent is bounded so that a long outage does not compute with thousands of digits.
    seconds = min(longest, first * _GROWTH ** min(attempts - 1, 10))
    return dt.timedelta(seconds=seconds * random.uniform(0.8, 1.2))  # noqa: S311 - not a secret


@transaction.atomic
def switch_off(subscription: Subscription, code: str) -> None:
    """Stop sending to an address, once: recorded, and its owner and the administrators are told."""
    changed = Subscription.objects.filter(pk=subscription.pk, is_active=True).update(
        is_active=False, off_code=code, off_at=now(), paused_until=None
    )
    if not changed:
        return
    epochs.bump("webhooks")
    actor = system_actor("webhooks", door="job")
    facts = {"name": subscription.name, "host": subscription.host, "why": code}
    record_event(EventDraft(kinds.WEBHOOK_OFF.key, "webhook", subscription.pk, actor.ref, facts=facts))
    alerts.tell_switched_off(subscription, code, actor=actor)


@schedule("exchange.forget_webhook_logs", cron="40 3 * * *", lane="io")
def forget_old(*, idempotency_key: str = "") -> None:
    """Delete deliveries and receipts that have lain their days, in small bites."""
    limit = now() - dt.timedelta(days=integer_figure("webhooks.keep_days"))
    old = Delivery.objects.filter(created_at__lt=limit).exclude(state=DeliveryState.WAITING).order_by("pk")
    while ids := list(old.values_list("pk", flat=True)[:_BATCH]):
        Delivery.objects.filter(pk__in=ids).delete()
    taken = Receipt.objects.filter(received_at__lt=limit).order_by("pk")
    while ids := list(taken.values_list("pk", flat=True)[:_BATCH]):
        Receipt.objects.filter(pk__in=ids).delete()


def _written(delivery: Delivery) -> str:
    """The body, written once and kept: every attempt and re-send says the same."""
    event = Event.objects.filter(pk=delivery.event_id).first()
    payload = payload_of(event, delivery.subscription) if event is not None else None
    if payload is None:
        raise Withheld
    delivery.body = encode(payload).decode()
    with transaction.atomic():
        delivery.save(update_fields=["body"])
    return delivery.body


@transaction.atomic
def _arrived(delivery: Delivery, run: int, posted: Posted) -> None:
    moment = now()
    _waiting(delivery, run).update(
        state=DeliveryState.DELIVERED,
        attempts=delivery.attempts + 1,
        status=posted.status,
        answer=posted.answer,
        problem_code="",
        problem_values={},
        milliseconds=posted.milliseconds,
        next_at=None,
        finished_at=moment,
    )
    Subscription.objects.filter(pk=delivery.subscription_id).update(
        failures=0, failing_since=None, paused_until=None, last_delivered_at=moment
    )


@transaction.atomic
def _failed(delivery: Delivery, run: int, fault: Fault) -> None:
    subscription = Subscription.objects.select_for_update().get(pk=delivery.subscription_id)
    moment = now()
    attempts = delivery.attempts + 1
    answer = fault.answer if isinstance(fault, Undelivered) else None
    told = {
        "attempts": attempts,
        "status": answer.status if answer else None,
        "answer": answer.text() if answer else "",
        "problem_code": fault.code[:40],
        "problem_values": fault.values,
    }
    is_hopeless = isinstance(fault, AddressForbidden) or (isinstance(fault, Undelivered) and fault.is_final)
    since = subscription.failing_since or moment
    failures = subscription.failures + 1
    pause = moment + retry_delay(failures)
    Subscription.objects.filter(pk=subscription.pk).update(failures=failures, failing_since=since, paused_until=pause)
    if isinstance(fault, Undelivered) and fault.is_final:
        switch_off(subscription, "webhook.off_gone")
    elif moment - since >= dt.timedelta(days=integer_figure("webhooks.off_after_days")):
        switch_off(subscription, "webhook.off_failing")
    if is_hopeless or attempts >= integer_figure("webhooks.attempts"):
        _waiting(delivery, run).update(state=DeliveryState.FAILED, next_at=None, finished_at=moment, **told)
        return
    at = moment + retry_delay(attempts)
    if _waiting(delivery, run).update(run=run + 1, next_at=at, **told):
        _order(delivery, run + 1, at)


@transaction.atomic
def _wait(delivery: Delivery, run: int, at: dt.datetime) -> None:
    if _waiting(delivery, run).update(run=run + 1, next_at=at):
        _order(delivery, run + 1, at)


@transaction.atomic
def _end(delivery: Delivery, run: int, state: DeliveryState, *, problem_code: str = "") -> None:
    _waiting(delivery, run).update(state=state, problem_code=problem_code, next_at=None, finished_at=now())


def order_now(delivery: Delivery, run: int) -> None:
    """Order the job that sends this run of a delivery at once; in the caller's transaction."""
    _order(delivery, run, now())


def _order(delivery: Delivery, run: int, at: dt.datetime) -> None:
    enqueue(deliver, run_at=at, unique_key=f"webhook:{delivery.pk}:{run}", delivery_id=delivery.pk, run=run)


def _waiting(delivery: Delivery, run: int) -> QuerySet[Delivery]:
    return Delivery.objects.filter(pk=delivery.pk, run=run, state=DeliveryState.WAITING)


def _scatter(seconds: int) -> dt.timedelta:
    return dt.timedelta(seconds=random.uniform(0, seconds))  # noqa: S311 - not a secret
