"""A rule is called in the reader's language wherever it acted."""

import pytest
from django.utils import translation

from kezhi.automation.models import Rule
from kezhi.automation.tests.conftest import let_it_run
from kezhi.core.models import Event
from kezhi.records.actor_names import actor_words
from kezhi.records.operations import change_record
from kezhi.work.models import Notification

pytestmark = pytest.mark.django_db

TELL = {"do": "notify", "with": {"to": ["owner"], "text": {"zh": "{rule}：{name}", "en": "{rule}: {name}"}}}


def test_a_reader_of_english_is_told_by_the_rules_english_name(firms, make_firm, write_rule):
    rule = write_rule({"on": "changed"}, [TELL])
    Rule.objects.filter(pk=rule.pk).update(name_zh="改了就说", name_en="Tell of changes")
    type(firms.rep.user).objects.filter(pk=firms.rep.id).update(language="en")
    firm = make_firm("一厂")
    change_record(firm, {"name": "二厂"}, actor=firms.rep.actor.through("api"))
    let_it_run()

    [row] = Notification.objects.all()
    assert row.title == "Tell of changes: 二厂"
    page = firms.rep.client().get("/inbox/", headers={"accept-language": "en"}).content.decode()
    assert "改了就说" not in page


def test_what_a_rule_did_stands_under_its_name_in_both_languages(firms, write_rule):
    rule = write_rule({"on": "changed"}, [TELL])
    Rule.objects.filter(pk=rule.pk).update(name_en="Tell of changes")
    event = Event(actor_kind="rule", actor_label="改了就说", door_ref=f"{rule.pk}:1")
    assert actor_words(event) == "改了就说"
    with translation.override("en"):
        assert actor_words(event) == "Tell of changes"


def test_programs_are_called_by_words_and_not_by_their_keys():
    event = Event(actor_kind="system", actor_label="deadlines")
    assert actor_words(event) == "期限时钟"
    with translation.override("en"):
        assert actor_words(event) == "Clocks"
    assert actor_words(Event(actor_kind="system", actor_label="官网表单")) == "官网表单"
