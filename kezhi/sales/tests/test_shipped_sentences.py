"""What comes with Kezhi reads as sentences, not as keys (AUTO-2)."""

import pytest
from django.utils import translation

from kezhi.access.actors import system_actor
from kezhi.access.operations.installing import install_defaults as install_roles
from kezhi.automation.defaults import install_rules
from kezhi.automation.definition import read_definition
from kezhi.automation.models import Rule
from kezhi.automation.sentences import rule_text
from kezhi.records.defaults import install_defaults
from kezhi.records.registry import record_type
from tests.scenes import play

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_no_shipped_rule_speaks_in_keys(db, language):
    install_roles(actor=system_actor("tests"))
    play(install_defaults)
    install_rules()
    with translation.override(language):
        told = {
            rule.shipped_key: rule_text(read_definition(rule.current.definition, record_type(rule.record_type)))
            for rule in Rule.objects.select_related("current")
        }

    assert [text for text in told.values() if " = " in text or "_" in text] == []
    if language == "zh-hans":
        assert "（阶段是 合同签订）" in told["opportunity.contract"]
        assert "（方式是 没有人可接，给了备用的人）" in told["lead.nobody_free"]
