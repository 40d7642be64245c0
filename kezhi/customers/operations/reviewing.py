"""The data steward's review (CUS-9)."""

from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import require
from kezhi.core.clock import now
from kezhi.customers.models import Customer
from kezhi.records.behaviour import Draft
from kezhi.records.operations import InvalidRecord
from kezhi.records.operations.writing import store_changes
from kezhi.records.registry import record_type

DECISIONS = (Customer.Review.PASSED, Customer.Review.DOUBTFUL)


@transaction.atomic
def review_customer(customer: Customer, decision: str, *, actor: Actor, note: str = "") -> Customer:
    """The steward's word on a record: passed (complete, verified, lawful), or doubtful and why.

    What follows – a doubtful one comes back as a task of its owner, a passed one finishes it – are shipped rules.

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
    return stored


@transaction.atomic
def await_review(ids: Collection[int], *, actor: Actor) -> int:
    """Doubtful records that were checked wait for the steward's word again; gives how many.

    No right to edit is asked for: the task to check them was the actor's. Others than doubtful ones stay as they are.
    """
    rows = Customer.objects.ungated("checked by a task").filter(pk__in=ids, review=Customer.Review.DOUBTFUL)
    drafts = []
    for customer in rows.filter(deleted_at__isnull=True).order_by("pk").select_for_update(of=("self",)):
        customer.review = Customer.Review.WAITING
        change = {"review": Customer.Review.DOUBTFUL}, {"review": Customer.Review.WAITING}
        drafts.append(Draft(customer, *change, actor, is_new=False, facts={"checked": True}))
    store_changes(record_type("customer"), drafts, actor=actor)
    return len(drafts)
