"""What a record's page says of each rule: whether it ran, whether what starts it happened, and why it did not run."""

from datetime import timedelta

import pytest
import time_machine

from kezhi.automation.telling_runs import rules_about
from kezhi.automation.tests.conftest import let_it_run
from kezhi.core.clock import now
from kezhi.records.tests.fake_types import FIRM

pytestmark = pytest.mark.django_db

TELL = {"do": "notify", "with": {"to": ["owner"], "text": {"zh": "请看{name}"}}}
STEEL = {"all": [{"field": "trade", "op": "is", "value": ["steel"]}]}


def test_a_record_tells_of_each_rule_whether_what_starts_it_happened(write_rule, make_firm, firms):
    start = now()

    def later(minutes):
        return time_machine.travel(start + timedelta(minutes=minutes), tick=False)

    def said(firm):
        return [row.words for row in rules_about(FIRM, firm.pk, firms.rep.actor)]

    with later(0):
        before = make_firm("早来的")
        let_it_run()
    with later(5):
        write_rule({"on": "created"}, [TELL], name="来了")
        write_rule({"on": "created"}, [TELL], condition=STEEL, name="钢铁来了")
        write_rule({"on": "changed", "fields": ["trade"]}, [TELL], name="改行了")
    with later(10):
        after = make_firm("面馆", trade="food")
        let_it_run()

    assert [words.partition(" 该触发时")[2] for words in said(before)[:1]] == ["，规则还没启用"]
    ran, unmet, never = said(after)
    assert ran.endswith(" 运行过")
    assert unmet.endswith(" 该触发时，条件不满足；现在不会触发：不满足：行业是钢铁")
    assert never.startswith("还没有触发过：")
