"""The data steward's review, and the yearly re-check of every record (CUS-9, CUS-11)."""

from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import require
from kezhi.core.clock import company_zone, local, now
from kezhi.core.figures import integer_figure
from kezhi.core.workdays import add_workdays
from kezhi.customers.models import Customer
from kezhi.records.behaviour import Draft
from kezhi.records.operations import InvalidRecord
from kezhi.records.operations.writing import store_changes
from kezhi.records.registry import record_type
from kezhi.work.models import Task
from kezhi.work.operations import plan_task
from kezhi.work.operations.tasks import About, finish_planned

_DAYS_OF_MONTH = 30
DECISIONS = (Customer.Review.PASSED, Customer.Review.DOUBTFUL)


@transaction.atomic
def review_customer(customer: Customer, decision: str, *, actor: Actor, note: str = "") -> Customer:
    """The steward's word on a record: passed (complete, verified, lawful), or doubtful and why.

    A doubtful one comes back as a task of its owner, due within the days the figure says.

    Raises:
        NotAllowed: the actor may not review this record.
        InvalidRecord: no such decision, or doubtful without saying what is.
    """
    stored: Customer = Customer.objects.visible_to(actor).select_for_update(of=("self",)).get(pk=customer.pk)
    require(actor, "review", stored)
    if decision not in DECISIONS:
        raise InvalidRecord({"decision": _("请选择“通过”或“待核实”")})
    note = note.strip()[:200]
    if decision == Customer.Review.DOUBTFUL and not note:
        raise InvalidRecord({"note": _("请写明哪里需要核实")})
    before = {"review": stored.review, "verified_at": stored.verified_at}
    stored.review = decision
    stored.review_note = note
    if decision == Customer.Review.PASSED:
        stored.verified_at = now()
    after = {"review": decision, "verified_at": stored.verified_at}
    draft = Draft(stored, before, after, actor, is_new=False, facts={"note": note})
    store_changes(record_type("customer"), [draft], actor=actor)
    # Storing a change may ask for a review again (figure "all"); this change is the review itself.
    Customer.objects.ungated("review").filter(pk=stored.pk).update(review=decision, review_note=note)
    if decision == Customer.Review.DOUBTFUL:
        _plan_verification(stored, note, actor)
    else:
        _close_verification(stored, actor)
    return stored


@transaction.atomic
def start_recheck(*, actor: Actor) -> int:
    """Put the next batch of records nobody verified for a year on their owners' lists; gives how many.

    Records with an open verification are left out, so that a batch can be started again at any time.
    """
    edge = now() - timedelta(days=_DAYS_OF_MONTH * integer_figure("customers.recheck_months"))
    rows = (
        Customer.objects.ungated("re-check")
        .filter(deleted_at__isnull=True, owner__isnull=False, owner__is_active=True)
        .filter(~Q(review=Customer.Review.DOUBTFUL))
        .annotate(checked=Coalesce(F("verified_at"), F("created_at")))
        .filter(checked__lt=edge)
        .order_by("checked", "pk")
        .select_for_update(of=("self",))
    )
    batch: list[Any] = list(rows[: integer_figure("customers.recheck_batch")])
    for customer in batch:
        before = {"review": customer.review}
        customer.review = Customer.Review.DOUBTFUL
        draft = Draft(customer, before, {"review": customer.review}, actor, is_new=False, facts={"recheck": True})
        store_changes(record_type("customer"), [draft], actor=actor)
        _plan_verification(customer, gettext("超过一年没有核实，请核对电话、联系人和地址"), actor)
    return len(batch)


def _plan_verification(customer: Customer, note: str, actor: Actor) -> None:
    owner_id = customer.owner_id or actor.user_id
    open_ones = Task.objects.ungated("verification").filter(
        origin="verification", origin_id=customer.pk, state=Task.State.OPEN
    )
    if owner_id is None or open_ones.exists():
        return
    day = add_workdays(local(now()).date(), integer_figure("customers.verification_days"))
    plan_task(
        gettext("核实客户资料：%(note)s") % {"note": note},
        owner_id=owner_id,
        due_at=datetime.combine(day, time(18), company_zone()),
        actor=actor,
        about=About("customer", customer.pk, customer.name),
        origin="verification",
        origin_id=customer.pk,
    )


def _close_verification(customer: Customer, actor: Actor) -> None:
    finish_planned("verification", customer.pk, actor=actor, result=gettext("审核已通过"))
