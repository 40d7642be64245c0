"""The data steward's review (CUS-9)."""

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
