import pytest

from kezhi.core.events import Event
from kezhi.records.operations import change_record

pytestmark = pytest.mark.django_db


def test_the_page_shows_facts_timeline_and_related_records(firms, make_firm, make_visit):
    firm = make_firm(trade="steel", phone="13812345678")
    make_visit(firm, "谈方案", words="客户希望下周给方案")

    page = firms.rep.client().get(f"/firms/{firm.pk}/").content.decode()

    assert "苏州澜图科技有限公司" in page
    assert "钢铁" in page
    assert "138 1234 5678" in page
    assert "谈方案" in page
    assert "F0001" in page


def test_a_colleagues_record_is_not_found(firms, make_firm):
    firm = make_firm()
    for path in ("", "edit/", "timeline/", "fields/name/", "fields/phone/reveal/"):
        assert firms.outsider.client().get(f"/firms/{firm.pk}/{path}").status_code == 404


def test_script_in_a_name_is_shown_as_text(firms, make_firm):
    firm = make_firm("<script>alert(1)</script>有限公司")

    page = firms.rep.client().get(f"/firms/{firm.pk}/").content.decode()

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;有限公司" in page


def test_queries_do_not_grow_with_the_timeline(firms, make_firm, make_visit, django_assert_num_queries):
    firm = make_firm()
    client = firms.rep.client()
    for number in range(3):
        change_record(firm, {"note": f"第 {number} 次"}, actor=firms.rep.actor)
        make_visit(firm, f"拜访 {number}")
    client.get(f"/firms/{firm.pk}/")

    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as few:
        client.get(f"/firms/{firm.pk}/")
    for number in range(20):
        change_record(firm, {"note": f"又 {number} 次"}, actor=firms.rep.actor)
        make_visit(firm, f"又拜访 {number}")
    with CaptureQueriesContext(connection) as many:
        client.get(f"/firms/{firm.pk}/")

    assert len(many) - len(few) <= 1  # the related list counts once it is longer than what it shows
    assert len(few) <= 14
    assert Event.objects.count() == 47
