# zh-data: names and words of people who asked the demo company something
"""Leads of the last weeks: from a fair, from the web site, entered by hand; some answered, some not."""

import datetime as dt
from collections.abc import Mapping
from functools import partial
from random import Random

from kezhi.access.actors import Actor
from kezhi.core.clock import local, now
from kezhi.process.demo import people
from kezhi.process.demo.agenda import Agenda
from kezhi.process.demo.calendar import Sessions, worked_before
from kezhi.process.demo.names import Names
from kezhi.process.demo.needs import NEEDS, PRODUCTS
from kezhi.records.operations import create_record
from kezhi.records.registry import record_type
from kezhi.sales.models import EntryForm, Lead, LeadSource
from kezhi.sales.operations.entry_forms import FormPlan, Submission, receive_submission, save_entry_form
from kezhi.sales.operations.leads import (
    OPEN_STATES,
    Contacted,
    assign_lead,
    contact_lead,
    disqualify_lead,
    recycle_lead,
)
from kezhi.sales.operations.qualifying import Choice, qualify_lead

_OWNERS = ("wanglei", "zhaomin", "sunyue", "linxiaotong", "xieyu", "fangke")
_BY_PAGE, _BY_HAND = 18, 12
_DAYS = 40
_CONSENT = "我同意云杉数据保存以上信息，用来回复我的咨询；可以随时要求删除。"
_CONSENT_EN = "I agree that Yunshan Data keeps this to answer my inquiry; I can ask for its deletion at any time."


class Inquiries:
    """Enters the leads and what became of them."""

    def __init__(
        self, sessions: Sessions, users: Mapping[str, int], actors: Mapping[str, Actor], rng: Random, agenda: Agenda
    ) -> None:
        self._sessions, self._users, self._actors, self._rng = sessions, users, actors, rng
        self._names, self._agenda = Names(rng), agenda
        self._pages: list[EntryForm] = []

    def plan(self, sources: Mapping[str, LeadSource]) -> None:
        """Two entry pages, then leads day by day up to now; ``sources`` fills while the year goes by."""
        end = self._sessions.end
        self._agenda.at(end - dt.timedelta(days=_DAYS + 2), lambda: self._open_pages(sources))
        moments = sorted(
            self._working(end - dt.timedelta(days=self._rng.random() * _DAYS)) for _one in range(_BY_PAGE + _BY_HAND)
        )
        for place, moment in enumerate(moments):
            self._agenda.at(moment, partial(self._enter, place, moment, sources))

    def _open_pages(self, sources: Mapping[str, LeadSource]) -> None:
        self._pages = [self._fair_page(sources["工博会 2026"]), self._web_page(sources["官网方案咨询"])]

    def _enter(self, place: int, moment: dt.datetime, sources: Mapping[str, LeadSource]) -> None:
        lead = self._by_page(self._pages[place % 2], place) if place % 5 < 3 else self._by_hand(sources)
        self._follow(lead.pk, moment, place)

    def _working(self, moment: dt.datetime) -> dt.datetime:
        """A moment in working hours, never ahead of now."""
        day = worked_before(local(moment).date())
        at = local(moment).replace(year=day.year, month=day.month, day=day.day, hour=self._rng.randint(9, 16))
        return min(at, self._sessions.end - dt.timedelta(minutes=20))

    def _fair_page(self, source: LeadSource) -> EntryForm:
        fields = (("name", True), ("contact_name", False), ("phone", True), ("interest", False), ("need", False))
        plan = FormPlan(
            name="工博会展位登记",
            title_zh="在工博会遇见云杉数据",
            title_en="Meet Yunshan Data at the fair",
            intro_zh="留下联系方式，一个工作日内给您回电。",
            intro_en="Leave your number and we call back within one working day.",
            thanks_zh="谢谢，我们很快联系您。",
            thanks_en="Thank you, we will be in touch soon.",
            consent_zh=_CONSENT,
            consent_en=_CONSENT_EN,
            fields=fields,
            channel="exhibition",
            source_id=source.pk,
            source_detail="工博会 A3-117",
        )
        return save_entry_form(None, plan, actor=self._actors[people.MARKETER].fresh())

    def _web_page(self, source: LeadSource) -> EntryForm:
        fields = (("name", True), ("contact_name", True), ("phone", True), ("email", False), ("need", True))
        plan = FormPlan(
            name="官网方案咨询",
            title_zh="要一份备份与容灾方案",
            title_en="Ask for a backup and recovery proposal",
            thanks_zh="收到了，顾问会在两天内联系您。",
            thanks_en="Received: a consultant will contact you within two days.",
            consent_zh=_CONSENT,
            consent_en=_CONSENT_EN,
            fields=fields,
            channel="web_form",
            source_id=source.pk,
            source_detail="官网“方案咨询”",
        )
        return save_entry_form(None, plan, actor=self._actors[people.MARKETER].fresh())

    def _by_page(self, page: EntryForm, place: int) -> Lead:
        values = self._values()
        asked = {str(row["key"]) for row in page.fields}
        typed = {key: value for key, value in values.items() if key in asked}
        if not typed.get("contact_name") and any(
            row["key"] == "contact_name" and row["required"] for row in page.fields
        ):
            typed["contact_name"] = self._names.person("user").name
        return receive_submission(page, Submission(values=typed, key=f"demo-{place}", consented=True))

    def _by_hand(self, sources: Mapping[str, LeadSource]) -> Lead:
        source = sources[self._rng.choice(("搜索推广：异地容灾", "集成商栖川信息"))]
        values = self._values() | {"channel": source.channel, "source": str(source.pk)}
        lead: Lead = create_record(record_type("lead"), values, actor=self._actors["pengcheng"].fresh())
        return lead

    def _values(self) -> dict[str, str]:
        rng = self._rng
        industry = rng.choice([key for key in NEEDS if key != "other"])
        place = self._names.place()
        need = NEEDS[industry]
        return {
            "name": self._names.company(industry, place),
            "contact_name": self._names.person("influencer").name if rng.random() < 0.85 else "",
            "phone": self._names.mobile(),
            "email": "",
            "industry": industry,
            "province": place.province,
            "city": place.city,
            "interest": rng.choice(PRODUCTS),
            "need": f"{rng.choice(need.systems)}：{rng.choice(need.pains)}。",
        }

    def _follow(self, pk: int, moment: dt.datetime, place: int) -> None:
        """Assigned, mostly answered; a few turn out to be nothing or to be for next year."""
        end = self._sessions.end
        self._agenda.at(moment + dt.timedelta(minutes=3), lambda: self._assign(pk, _OWNERS[place % len(_OWNERS)]))
        answered = moment + dt.timedelta(hours=self._rng.choice((1, 2, 5, 20, 27)))
        if answered >= end or place % 6 == 5:
            return
        self._agenda.at(answered, lambda: self._answer(pk))
        later = answered + dt.timedelta(days=2)
        if later < end and place % 9 in (0, 3, 6):
            self._agenda.at(later, lambda: self._qualify(pk))
        elif later < end and place % 9 in (4, 7):
            self._agenda.at(later, lambda: self._give_up(pk, for_now=place % 9 == 7))

    def _answer(self, pk: int) -> None:
        lead = _load(pk)
        actor = self._owner(lead)
        contact_lead(lead, self._said(actor), actor=actor)

    def _qualify(self, pk: int) -> None:
        """The need is clear: a customer with contact and opportunity, as one would on screen."""
        lead = _load(pk)
        if lead.state in OPEN_STATES and lead.known_customer_id is None:
            choice = Choice(opportunity={"amount": str(self._rng.randint(8, 60) * 10_000)})
            qualify_lead(lead, choice, actor=self._owner(lead))

    def _give_up(self, pk: int, *, for_now: bool) -> None:
        lead = _load(pk)
        actor = self._owner(lead)
        if for_now:
            on = local(self._sessions.end).date() + dt.timedelta(days=90)
            recycle_lead(lead, on, actor=actor, reason="预算要等明年")
        else:
            disqualify_lead(lead, "no_need", actor=actor, note="只是要资料做对比")

    def _assign(self, pk: int, owner: str) -> None:
        lead = _load(pk)
        if lead.owner_id is None or lead.owner_id not in (self._users[name] for name in _OWNERS):
            assign_lead(lead, self._users[owner], reason="按地区分配", actor=self._actors[people.STEWARD].fresh())

    def _owner(self, lead: Lead) -> Actor:
        names = {pk: username for username, pk in self._users.items()}
        return self._actors[names[lead.owner_id or 0]].fresh()

    def _said(self, actor: Actor) -> Contacted:
        # Of the clock, not of the planned moment: after holidays it may be entered days later.
        due = now() + dt.timedelta(days=self._rng.randint(2, 12))
        return Contacted(
            method="phone",
            summary="通了电话，问清了系统和数据量，对方想先看方案和报价。",
            next_action="发方案和参考报价，约时间讲一遍",
            next_person=actor.user_id,
            next_due_at=due,
        )


def _load(pk: int) -> Lead:
    found: Lead = Lead.objects.ungated("demo company").get(pk=pk)
    return found
