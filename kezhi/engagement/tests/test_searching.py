"""Follow-ups are found by what was written in them (UX-3), by whoever may read it."""

import pytest

from kezhi.access.models import FieldRule, Role
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.engagement.operations import record_follow_up
from kezhi.records.models import SearchEntry
from kezhi.records.operations import change_record
from kezhi.records.search.finding import find_records

pytestmark = pytest.mark.django_db


def found(text, member):
    return [hit.excerpt for hits in find_records(text, member.actor, only=["follow_up"]) for hit in hits.hits]


@pytest.fixture
def follow_up(customer, people, words):
    values = words(summary="周三的恢复测试失败，Veeam 报错 40213，要书面方案", feedback="嫌贵")
    return record_follow_up(customer, values, actor=people.rep.actor)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("恢复测试", "周三的恢复测试失败，Veeam 报错 40213，要书面方案"),
        ("veeam", "周三的恢复测试失败，Veeam 报错 40213，要书面方案"),
        ("40213", "…失败，Veeam 报错 40213，要书面方案"),
        ("书面方案", "…m 报错 40213，要书面方案"),
        ("测试 方案", "周三的恢复测试失败，Veeam 报错 40213，要书面方案"),
    ],
)
def test_a_follow_up_is_found_by_its_words_and_shows_them(follow_up, people, text, shown):
    assert found(text, people.rep) == [shown]
    assert found(text, people.outsider) == []
    page = people.rep.client().get("/search/", {"q": text}).content.decode()
    assert shown in page


def test_what_was_changed_is_found_by_its_new_words_only(follow_up, people):
    change_record(follow_up, {"summary": "改谈三年维保"}, actor=people.rep.actor)

    assert found("维保", people.rep) == ["改谈三年维保"]
    assert found("恢复测试", people.rep) == []


@pytest.mark.parametrize("level", ["hidden", "masked"])
def test_words_of_a_field_somebody_may_not_read_find_nothing(follow_up, people, level):
    role = Role.objects.get(key="sales_rep")
    FieldRule.objects.create(role=role, record_type="follow_up", field="summary", level=level)
    epochs.bump(EPOCH)

    assert found("恢复测试", people.rep) == []
    assert found("40213", people.rep) == []
    assert found("嫌贵", people.rep) == ["嫌贵"]
    assert people.rep.client().get("/follow-ups/", {"q": "恢复测试"}).content.decode().count('id="row-') == 0


def test_a_sentence_takes_no_more_of_the_index_than_its_words(customer, people, words):
    record_follow_up(customer, words(summary="恢复" * 300), actor=people.rep.actor)
    record_follow_up(
        customer, words(summary="周三现场恢复测试失败，客户要求书面方案并重新报价" * 4), actor=people.rep.actor
    )

    assert max(len(row.words) for row in SearchEntry.objects.filter(record_type="follow_up")) < 600
