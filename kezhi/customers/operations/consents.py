"""Recording what a customer agreed to, and its withdrawal (OPS-2)."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import require
from kezhi.core.clock import now, today
from kezhi.core.events import EventDraft, EventKind, record_event, register_event_kind
from kezhi.customers.models import Consent, Customer
from kezhi.records.operations import InvalidRecord

GIVEN = EventKind("customers.consent_given", _("记录了客户的同意"), icon="shield")
WITHDRAWN = EventKind("customers.consent_withdrawn", _("撤回了客户的同意"), icon="ban")
register_event_kind(GIVEN, WITHDRAWN)


@transaction.atomic
def record_consent(
    customer: Customer, purpose: str, *, given_on: date, how: str, evidence: str = "", actor: Actor
) -> Consent:
    """The customer agreed to a use of their data: which, when, how, with what evidence.

    Raises:
        NotAllowed: the actor may not change this customer.
        InvalidRecord: unknown purpose, a day to come, or not said how.
    """
    require(actor, "edit", customer)
    problems: dict[str, Any] = {}
    if purpose not in Consent.Purpose.values:
        problems["purpose"] = _("请选择用途")
    if given_on > today():
        problems["given_on"] = _("同意日期不能晚于今天")
    if not how.strip():
        problems["how"] = _("请写明是怎样同意的，例如“电话录音”“签字的登记表”")
    if problems:
        raise InvalidRecord(problems)
    consent = Consent.objects.create(
        customer=customer,
        purpose=purpose,
        given_on=given_on,
        how=how.strip()[:60],
        evidence=evidence.strip()[:200],
        recorded_by_id=actor.user_id,
        recorded_at=now(),
    )
    _record(consent, GIVEN, actor)
    return consent


@transaction.atomic
def withdraw_consent(consent: Consent, *, actor: Actor) -> Consent:
    """The customer no longer agrees; what stood on it stops (a second withdrawal changes nothing)."""
    require(actor, "edit", consent.customer)
    changed = Consent.objects.filter(pk=consent.pk, withdrawn_at__isnull=True).update(withdrawn_at=now())
    if changed:
        _record(consent, WITHDRAWN, actor)
    consent.refresh_from_db()
    return consent


def _record(consent: Consent, kind: EventKind, actor: Actor) -> None:
    record_event(
        EventDraft(
            kind=kind.key,
            record_type="customer",
            record_id=consent.customer_id,
            actor=actor.ref,
            facts={"purpose": consent.purpose, "how": consent.how, "on": consent.given_on.isoformat()},
        )
    )
