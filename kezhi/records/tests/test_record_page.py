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


def test_long_related_lists_lead_to_the_filtered_list(firms, make_firm, make_visit):
    firm = make_firm()
    for number in range(7):
        make_visit(firm, f"拜访 {number}")
    other = make_firm("别家有限公司")
    make_visit(other, "别家的拜访")
    client = firms.rep.client()
    page = client.get(f"/firms/{firm.pk}/").content.decode()

    [address] = [part.split('"')[0] for part in page.split('href="') if part.startswith("/visits/?filter=")]
    shown = client.get(address.replace("&amp;", "&")).content.decode()

    assert "看全部 7 条" in page
    assert "拜访 3" in shown
    assert "别家的拜访" not in shown


def test_the_neighbours_follow_the_list_one_came_from(firms, make_firm):
    first, second, third = make_firm("甲"), make_firm("乙"), make_firm("丙")
    client = firms.rep.client()

    page = client.get(f"/firms/{second.pk}/?sort=name").content.decode()
    listed = client.get(f"/firms/{second.pk}/", headers={"Referer": "http://testserver/firms/"}).content.decode()
    alone = client.get(f"/firms/{second.pk}/").content.decode()

    assert f'href="/firms/{third.pk}/?sort=name"' in page
    assert f'href="/firms/{first.pk}/?sort=name"' in page
    assert f'href="/firms/{first.pk}/?sort=-created_at"' in listed
    assert f'href="/firms/{third.pk}/?sort=-created_at"' in listed
    assert f'href="/firms/{first.pk}/' not in alone


def test_the_way_through_a_list_goes_on_after_saving(firms, make_firm):
    first, second = make_firm("甲"), make_firm("乙")
    client, address = firms.rep.client(), f"/firms/{second.pk}/"

    for came_from in (address, f"{address}edit/"):
        page = client.get(address, headers={"Referer": f"http://testserver{came_from}?sort=name"}).content.decode()
        assert f'href="/firms/{first.pk}/?sort=name"' in page
        assert 'data-trail-query-value="sort=name"' in page

    elsewhere = client.get(address, headers={"Referer": f"http://testserver/firms/{first.pk}/?sort=name"})
    assert f'href="/firms/{first.pk}/' not in elsewhere.content.decode()


def test_a_record_is_pinned_and_unpinned(firms, make_firm):
    firm = make_firm()
    client = firms.rep.client()

    client.post(f"/firms/{firm.pk}/pin/")
    assert "取消固定" in client.get(f"/firms/{firm.pk}/").content.decode()
    client.post(f"/firms/{firm.pk}/pin/")
    assert "取消固定" not in client.get(f"/firms/{firm.pk}/").content.decode()
    assert firms.outsider.client().post(f"/firms/{firm.pk}/pin/").status_code == 404
