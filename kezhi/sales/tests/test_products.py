"""Products: one code each, whatever the door (SAL-4)."""

import pytest

from kezhi.records.operations import InvalidRecord, change_record
from kezhi.records.operations.writing import draft_new
from kezhi.records.registry import record_type

pytestmark = pytest.mark.django_db


def test_a_code_stands_for_one_product(make, people):
    make("product", name="服务器", code="SRV-1", price="1")
    with pytest.raises(InvalidRecord) as refused:
        make("product", name="另一台", code="srv-1", price="1")
    assert list(refused.value.problems) == ["code"]
    other = make("product", name="另一台", price="1")
    with pytest.raises(InvalidRecord):
        change_record(other, {"code": "SRV-1"}, actor=people.rep.actor)


def test_of_two_rows_of_one_file_the_second_is_refused(people):
    rows = [{"name": "甲", "code": "A-1", "price": "1"}, {"name": "乙", "code": "a-1", "price": "1"}]
    first, second = draft_new(record_type("product"), rows, actor=people.rep.actor)
    assert (list(first.problems), list(second.problems)) == ([], ["code"])
