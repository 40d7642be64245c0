"""The lead's page, its sheets, Today and the source's page, as each reader may see them (LEAD-2 … LEAD-7)."""

import re
from datetime import timedelta

import pytest

from kezhi.access.models import FieldLevel, FieldRule, Role
from kezhi.automation.defaults import install_rules
from kezhi.automation.tests.conftest import let_it_run
from kezhi.core import epochs
from kezhi.core.clock import local, now, today
from kezhi.core.figures import set_figure
from kezhi.records.operations import create_record
from kezhi.records.registry import record_type
from kezhi.sales.models import Lead, LeadSource
from kezhi.sales.operations.leads import contact_lead, recycle_lead
from kezhi.sales.operations.qualifying import Choice, qualify_lead
from kezhi.sales.scoring import rescore_leads
from kezhi.sales.skills import skills_by_user
from kezhi.sales.tests.test_leads import SAID, reload
from kezhi.sales.tests.test_leads_qualifying import FULL
from kezhi.work.models import Task
from tests.scenes import play

pytestmark = pytest.mark.django_db


def page(member, address):
    answer = member.client().get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_page_shows_why_this_owner_what_raised_the_score_and_a_composer(make_lead, people):
    play(install_rules)
    lead = create_record(
        record_type("lead"), {"name": "苏州澜图科技有限公司", "owner": "", "need": "服务器"}, actor=people.steward.actor
    )
    let_it_run()
    owner = next(member for member in people if member.id == reload(lead).owner_id)
    shown = page(owner, f"/leads/{lead.pk}/")
    assert "手上最少，0 个" in shown
    assert "写了需求" in shown
    assert f'hx-post="/leads/{lead.pk}/contact/"' in shown
    assert f'href="/leads/{lead.pk}/qualify/"' in shown


def test_contact_is_recorded_from_the_page_and_told_on_the_timeline(make_lead, people):
    lead = make_lead()
    client = people.rep.client()
    address = f"/leads/{lead.pk}/contact/"
    assert client.get(address).status_code == 200
    bad = client.post(address, {"method": "phone", "summary": ""})
    assert bad.status_code == 422
    due = local(now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    done = client.post(
        address,
        {
            "method": "phone",
            "summary": "要两台服务器",
            "next_action": "发资料",
            "next_person": str(people.rep.id),
            "next_due_at": due,
            "client_key": "abcdefgh12345678",
        },
    )
    assert (done.status_code, done["Location"]) == (302, f"/leads/{lead.pk}/")
    assert reload(lead).state == "working"
    assert Task.objects.ungated("test").get(origin="lead").title == "发资料"
    shown = page(people.rep, f"/leads/{lead.pk}/timeline/")
    assert "要两台服务器" in shown
    assert "发资料" in shown


def test_qualifying_from_the_sheet_offers_the_known_customer_first(make_lead, make_customer, people):
    customer = make_customer(phone="13812345678")
    lead = make_lead(**FULL)
    client = people.rep.client()
    sheet = client.get(f"/leads/{lead.pk}/qualify/").content.decode()
    assert re.search(rf'value="{customer.pk}" checked', sheet)
    done = client.post(
        f"/leads/{lead.pk}/qualify/",
        {
            "customer": str(customer.pk),
            "need": "两台",
            "opportunity": "1",
            "opportunity_name": "影像服务器",
            "amount": "50万",
        },
    )
    lead = reload(lead)
    assert (lead.state, lead.customer_id, lead.need) == ("qualified", customer.pk, "两台")
    opportunity = lead.opportunities.all().ungated("test").get()
    assert (opportunity.name, int(opportunity.amount)) == ("影像服务器", 500000)
    assert done["Location"] == f"/opportunities/{opportunity.pk}/"
    shown = page(people.rep, f"/leads/{lead.pk}/")
    assert f'hx-post="/leads/{lead.pk}/contact/"' not in shown
    back = client.post(f"/leads/{lead.pk}/qualify/undo/")
    assert (back.status_code, reload(lead).state) == (302, "new")


def test_a_refused_sheet_keeps_what_was_typed(make_lead, people):
    lead = make_lead(phone="13812345678")
    answer = people.rep.client().post(
        f"/leads/{lead.pk}/qualify/", {"customer": "new", "customer_name": "新名字有限公司", "need": ""}
    )
    assert answer.status_code == 422
    assert 'value="新名字有限公司"' in answer.content.decode()


def test_sorting_out_putting_away_waking_and_giving_on_have_their_sheets(make_lead, people):
    lead = make_lead()
    client = people.rep.client()
    for act in ("disqualify", "recycle"):
        assert client.get(f"/leads/{lead.pk}/{act}/").status_code == 200
        assert client.post(f"/leads/{lead.pk}/{act}/", {}).status_code == 422
    assert client.post(f"/leads/{lead.pk}/disqualify/", {"reason": "no_need", "note": "不要了"}).status_code == 302
    assert reload(lead).state == "disqualified"
    on = f"{today() + timedelta(days=9)}"
    assert client.post(f"/leads/{lead.pk}/recycle/", {"on": on}).status_code == 302
    assert reload(lead).state == "recycled"
    assert client.post(f"/leads/{lead.pk}/wake/").status_code == 302
    assert reload(lead).state == "new"
    manager = people.manager.client()
    sheet = manager.get(f"/leads/{lead.pk}/assign/").content.decode()
    assert f'value="{people.colleague.id}"' in sheet
    assert f'value="{people.outsider.id}"' not in sheet
    given = {"owner": str(people.colleague.id), "note": "熟悉行业"}
    assert manager.post(f"/leads/{lead.pk}/assign/", {**given, "note": ""}).status_code == 422
    assert manager.post(f"/leads/{lead.pk}/assign/", given).status_code == 302
    assert reload(lead).owner_id == people.colleague.id
    timeline = page(people.manager, f"/leads/{lead.pk}/timeline/")
    assert "熟悉行业" in timeline
    assert "没有需求" in timeline


def test_nobody_reaches_these_pages_for_a_lead_out_of_sight(make_lead, people):
    lead = make_lead()
    client = people.outsider.client()
    for act in ("contact", "qualify", "disqualify", "recycle", "assign"):
        assert client.get(f"/leads/{lead.pk}/{act}/").status_code == 404
        assert client.post(f"/leads/{lead.pk}/{act}/", {}).status_code == 404
    for act in ("wake", "qualify/undo"):
        assert client.post(f"/leads/{lead.pk}/{act}/").status_code == 404


def test_a_duplicate_is_shown_to_staff_and_out_of_sight_names_only_its_owner(make_lead, make_customer, people):
    make_customer("常州宏远机械有限公司", phone="13812345678", by=people.outsider)
    other = make_lead("另一条线索", phone="13812345678")
    lead = make_lead("苏州澜图科技有限公司", phone="13812345678")
    shown = page(people.rep, f"/leads/{lead.pk}/")
    assert "您看不到的一位客户" in shown
    assert "卫南乔" in shown
    assert "常州宏远" not in shown
    assert f'href="/leads/{other.pk}/"' in shown


def test_while_a_lead_is_typed_the_likely_duplicate_is_named(make_lead, people):
    make_lead("苏州澜图科技有限公司", phone="13812345678")
    answer = people.rep.client().post("/leads/hint/", {"name": "别的", "phone": "138 1234 5678"})
    assert answer.status_code == 200
    assert "电话相同" in answer.content.decode()


def test_a_hidden_field_is_told_neither_by_the_score_nor_by_the_sheet(make_lead, people):
    role = Role.objects.get(key="sales_manager")
    for key in ("need", "phone", "budget"):
        FieldRule.objects.create(role=role, record_type="lead", field=key, level=FieldLevel.HIDDEN)
    epochs.bump("access")
    lead = make_lead(**FULL)
    shown = page(people.manager, f"/leads/{lead.pk}/")
    for words in ("有电话", "写了需求", "有预算", "两台影像服务器"):
        assert words not in shown
    sheet = page(people.manager, f"/leads/{lead.pk}/qualify/")
    assert "两台影像服务器" not in sheet
    assert "500000" not in sheet


def test_leads_that_wait_for_a_first_contact_stand_on_today_the_most_urgent_first(make_lead, people):
    play(install_rules)
    make_lead("后到期的有限公司", channel="partner")
    make_lead("先到期的有限公司", channel="exhibition")
    contacted = make_lead("联系过的有限公司")
    contact_lead(contacted, SAID, actor=people.rep.actor)
    let_it_run()
    shown = page(people.rep, "/")
    assert "等您首次联系的线索" in shown
    assert shown.index("先到期的有限公司") < shown.index("后到期的有限公司")
    section = shown[shown.index("等您首次联系的线索") :]
    assert "联系过的有限公司" not in section[: section.index("</section>")]


def test_leads_nobody_owns_stand_on_the_today_of_who_hands_them_out(people):
    create_record(record_type("lead"), {"name": "没人管有限公司", "owner": ""}, actor=people.steward.actor)
    assert "等您分配的线索" in page(people.steward, "/")
    assert "没人管有限公司" not in page(people.rep, "/")


def test_a_sources_page_shows_what_it_cost_and_brought_and_each_number_opens_its_leads(make_lead, make, people):
    source = make("lead_source", name="春季医疗展", channel="exhibition", cost="20000")
    lead = make_lead(**FULL, source=source)
    make_lead("常州宏远机械有限公司", source=source)
    qualify_lead(lead, Choice(), actor=people.rep.actor)
    LeadSource.objects.ungated("test").filter(pk=source.pk).update(won_amount=300000)
    shown = page(people.rep, f"/lead-sources/{source.pk}/")
    section = shown[shown.index("投入与回报") :]
    section = section[: section.index("</section>")]
    links = dict(re.findall(r'small">([^<]+)</span><a class="link" href="([^"]+)"', section))
    values = re.findall(r"<b>([^<]+)</b>", section)
    assert values == ["2", "1", "50.0%", "¥10,000", "¥20,000", "¥300,000", "15.0"]
    listed = page(people.rep, links["线索"].replace("&amp;", "&"))
    assert "苏州澜图科技有限公司" in listed
    assert "常州宏远机械有限公司" in listed
    effective = page(people.rep, links["有效客户"].replace("&amp;", "&"))
    assert "常州宏远机械有限公司" not in effective


def test_weights_an_administrator_changes_reach_open_leads_with_the_next_look(make_lead, people):
    lead, done = make_lead(phone="13812345678"), make_lead("常州宏远机械有限公司", phone="13912345678", need="一台")
    qualify_lead(done, Choice(), actor=people.rep.actor)
    before = reload(done).score
    set_figure("sales.score_phone", 30, actor_ref=people.administrator.actor.ref)
    assert rescore_leads() == 1
    assert (reload(lead).score, reload(lead).score_facts) == (30, [["phone", 30]])
    assert reload(done).score == before
    assert Lead.objects.ungated("test").get(pk=lead.pk).version == lead.version


def test_the_list_sorts_by_score_and_ships_its_views(make_lead, people):
    make_lead("低分有限公司")
    make_lead("高分有限公司", phone="13812345678", need="服务器")
    recycle_lead(make_lead("睡着的有限公司"), today() + timedelta(days=3), actor=people.rep.actor)
    shown = page(people.rep, "/leads/?sort=-score")
    assert shown.index("高分有限公司") < shown.index("低分有限公司")
    for name in ("我的线索", "未联系", "待唤醒"):
        assert name in shown


def test_skills_are_edited_on_screen_and_words_that_mean_nothing_are_refused(people):
    people.grant("automation", actions=("view", "edit"))
    client = people.administrator.client()
    address = f"/settings/skills/{people.rep.id}/"
    assert client.get("/settings/skills/").status_code == 200
    bad = client.post(address, {"language": "克林贡语", "industry": "", "product": ""})
    assert bad.status_code == 422
    assert "克林贡语" in bad.content.decode()
    done = client.post(address, {"language": "英语、中文", "industry": "医疗器械", "product": "服务器，机房"})
    assert (done.status_code, done["Location"]) == (302, "/settings/skills/")
    assert skills_by_user()[people.rep.id] == {
        ("language", "en"),
        ("language", "zh"),
        ("industry", "medical"),
        ("product", "服务器"),
        ("product", "机房"),
    }
    shown = client.get("/settings/skills/").content.decode()
    assert "服务器、机房" in shown


def test_a_finished_lead_says_what_it_became_to_whoever_may_see_it(make_lead, people):
    lead = make_lead(**FULL)
    done = qualify_lead(lead, Choice(), actor=people.rep.actor)
    shown = page(people.rep, f"/leads/{lead.pk}/")
    assert f'href="/customers/{done.customer.pk}/"' in shown
    assert f'href="/opportunities/{done.opportunity.pk}/"' in shown
    assert f'action="/leads/{lead.pk}/qualify/undo/"' in shown
