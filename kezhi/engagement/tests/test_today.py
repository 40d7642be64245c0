"""Who stands on Today because nobody spoke to them (FUP-4)."""

from datetime import timedelta

import pytest

from kezhi.core.clock import now
from kezhi.core.events import ActorRef
from kezhi.core.figures import set_figure
from kezhi.core.values.problem import ValueProblem
from kezhi.customers.models import Customer
from kezhi.engagement.pages import needs_help
from kezhi.records.operations import create_record
from kezhi.records.registry import record_type

pytestmark = pytest.mark.django_db
ADMINISTRATOR = ActorRef(kind="user", label="管理员", door="page", user_id=1)


@pytest.fixture
def neglected(people):
    """A customer of each level that nobody spoke to for ten days."""
    for level in ("VIP", "A", "B"):
        values = {"name": f"苏州{level}级科技有限公司", "level": level}
        create_record(record_type("customer"), values, actor=people.rep.actor)
    Customer.objects.ungated("test").update(created_at=now() - timedelta(days=10))


def needing_help(member):
    section = needs_help(member.actor)
    return sorted(row.title for row in section.rows) if section is not None else []


def test_a_manager_is_told_of_the_levels_and_after_the_days_that_figures_say(neglected, people):
    assert needing_help(people.manager) == []
    set_figure("engagement.help_factor", 1, actor_ref=ADMINISTRATOR)
    assert needing_help(people.manager) == ["苏州A级科技有限公司", "苏州VIP级科技有限公司"]
    assert needing_help(people.rep) == []

    set_figure("engagement.help_levels", "B VIP", actor_ref=ADMINISTRATOR)
    assert needing_help(people.manager) == ["苏州B级科技有限公司", "苏州VIP级科技有限公司"]
    set_figure("engagement.help_levels", "", actor_ref=ADMINISTRATOR)
    assert needing_help(people.manager) == []
    with pytest.raises(ValueProblem):
        set_figure("engagement.help_levels", "VIP 特级", actor_ref=ADMINISTRATOR)
