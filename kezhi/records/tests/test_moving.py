"""What hangs on a record may be hung on another one only within reach of the right to change it."""

import pytest

from kezhi.access.models import Grant, Scope
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.core.models import Event
from kezhi.records.operations import change_record
from kezhi.records.operations.problems import InvalidRecord

pytestmark = pytest.mark.django_db


@pytest.fixture
def far_sighted(firms):
    """Reps see everybody's records and change their own."""
    Grant.objects.filter(role__key="sales_rep", action="view").update(scope=Scope.ALL)
    epochs.bump(EPOCH)
    return firms


def test_a_visit_cannot_be_moved_to_a_firm_one_only_sees(far_sighted, make_firm, make_visit):
    mine, theirs = make_firm("一"), make_firm("二", owner=far_sighted.colleague)
    visit = make_visit(mine)
    events = Event.objects.count()

    with pytest.raises(InvalidRecord) as refused:
        change_record(visit, {"firm": theirs.pk}, actor=far_sighted.rep.actor)

    assert list(refused.value.problems) == ["firm"]
    visit.refresh_from_db()
    assert visit.firm_id == mine.pk
    assert Event.objects.count() == events


def test_a_visit_moves_between_ones_own_firms_and_a_manager_moves_it_further(far_sighted, make_firm, make_visit):
    mine, too, theirs = make_firm("一"), make_firm("二"), make_firm("三", owner=far_sighted.colleague)
    visit = make_visit(mine)

    change_record(visit, {"firm": too.pk}, actor=far_sighted.rep.actor)
    change_record(visit, {"firm": theirs.pk}, actor=far_sighted.manager.actor)

    visit.refresh_from_db()
    assert visit.firm_id == theirs.pk
