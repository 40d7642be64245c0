"""The promise to review: what starts its clock, what meets it, and whose it is (CUS-9)."""

import pytest

from kezhi.access.models import UserRole
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.core.figures import set_figure
from kezhi.core.sealing import seal_all
from kezhi.customers.operations.reviewing import review_customer
from kezhi.customers.promises import reviewer_of
from kezhi.records.operations import create_record
from kezhi.records.registry import record_type
from kezhi.work.deadlines import Deadline

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewed(cast):
    cast.grant("customer", "contact", "task")
    set_figure("customers.review", "new", actor_ref=cast.administrator.actor.ref)
    return create_record(
        record_type("customer"), {"name": "苏州澜图科技有限公司", "phone": "13812345678"}, actor=cast.rep.actor
    )


def reviews():
    rows = Deadline.objects.ungated("test").filter(kind="review").order_by("pk")
    return [(row.record_id, row.owner_id, row.state) for row in rows]


def test_what_waits_for_review_is_promised_by_the_steward(cast, reviewed):
    seal_all()
    assert reviews() == [(reviewed.pk, cast.steward.id, "running")]


def test_the_stewards_word_meets_it(cast, reviewed):
    seal_all()
    review_customer(reviewed, "passed", actor=cast.steward.actor)
    seal_all()
    assert reviews() == [(reviewed.pk, cast.steward.id, "met")]


def test_without_a_steward_it_is_up_to_the_one_above(cast):
    assert reviewer_of(cast.rep.id) == cast.steward.id
    UserRole.objects.filter(user=cast.steward.user).delete()
    epochs.bump(EPOCH)
    assert (reviewer_of(cast.rep.id), reviewer_of(None)) == (cast.manager.id, None)
