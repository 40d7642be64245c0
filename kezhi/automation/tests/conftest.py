import pytest

from kezhi.automation.operations import make_rule, publish_rule, switch_on
from kezhi.core.jobs import run_pending
from kezhi.core.sealing import seal_all
from kezhi.records.tests.conftest import (  # noqa: F401
    django_db_setup,
    fake_types,
    firms,
    make_firm,
    make_visit,
)
from kezhi.records.tests.fake_types import FIRM
from tests.scenes import play


@pytest.fixture
def write_rule(firms):  # noqa: F811
    """Make, publish and switch on a rule about firms."""

    play(firms.grant, "automation", actions=("view", "edit"))

    def write(when, do, *, condition=None, was=None, name="规则", record_type=FIRM, pilot=None, on=True):
        definition = {"when": when, "if": condition or {}, "do": do}
        if was:
            definition["was"] = was
        actor = firms.administrator.actor
        rule = make_rule(record_type, name_zh=name, draft=definition, actor=actor)
        publish_rule(rule, actor=actor)
        return switch_on(rule, pilot=pilot, actor=actor) if on else rule

    return write


def let_it_run():
    """Everything that has happened reaches the rules, and what they start is done."""
    while True:
        sealed, ran = seal_all(), run_pending()
        if not sealed and not ran:
            return
