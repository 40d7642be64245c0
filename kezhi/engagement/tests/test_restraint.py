"""Not too often, not at bad times, no promises nobody can keep (FUP-6)."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from kezhi.core.figures import set_figure
from kezhi.engagement.operations import record_follow_up
from kezhi.engagement.restraint import cautions, is_bad_moment
from kezhi.records.unkeepable import promises_in

pytestmark = pytest.mark.django_db

TUESDAY = datetime(2026, 11, 24, 15, tzinfo=ZoneInfo("Asia/Shanghai"))


def contact(customer, people, at):
    values = {"method": "phone", "happened_at": at, "summary": "问了近况", "no_next_reason": "等对方"}
    record_follow_up(customer, values, actor=people.rep.actor)


def test_whoever_is_contacted_often_is_pointed_out_before_once_more(customer, people):
    set_figure("engagement.contacts_daily", 2, actor_ref=people.administrator.actor.ref)
    set_figure("engagement.contacts_weekly", 3, actor_ref=people.administrator.actor.ref)
    with time_machine.travel(TUESDAY, tick=False):
        contact(customer, people, TUESDAY - timedelta(hours=2))
        assert cautions(customer.pk) == []
        contact(customer, people, TUESDAY - timedelta(hours=1))
        assert cautions(customer.pk) == ["今天全公司已联系过这个客户 2 次，别太打扰。"]
        page = people.rep.client().get(f"/customers/{customer.pk}/").content.decode()
        assert page.count("data-caution") == 1
    with time_machine.travel(TUESDAY + timedelta(days=3), tick=False):
        contact(customer, people, TUESDAY + timedelta(days=3, hours=-1))
        assert cautions(customer.pk) == [
            "最近 7 天全公司已联系过这个客户 3 次，别太打扰。",
            "周一上午和周五下午客户忙，建议 10:00–11:00、15:00–16:00 联系。",
        ]
    with time_machine.travel(TUESDAY + timedelta(days=8), tick=False):
        assert cautions(customer.pk) == []


@pytest.mark.parametrize(
    ("day", "hour", "bad"), [(23, 9, True), (23, 14, False), (24, 9, False), (27, 11, False), (27, 15, True)]
)
def test_monday_morning_and_friday_afternoon_are_bad_times(day, hour, bad):
    assert is_bad_moment(datetime(2026, 11, day, hour, tzinfo=ZoneInfo("Asia/Shanghai"))) is bad


def test_promises_that_should_not_be_made_are_found_and_told(customer, people, words):
    assert promises_in("给他绝对 低价，", "24小时解决") == ["绝对低价", "24小时解决"]
    assert promises_in("正常报价") == []
    typed = {**words(summary="答应了绝对低价"), "happened_at": ""}
    answer = people.rep.client().post(f"/customers/{customer.pk}/follow-up/", typed, follow=True)
    assert "跟进里有不该承诺的说法：绝对低价" in answer.content.decode()
