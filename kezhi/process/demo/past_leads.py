# zh-data: what people who became customers had asked for first
"""The leads last year's customers came from, and those that came to nothing: sources have a return (LEAD-6)."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from django.db import transaction

from kezhi.access.actors import user_actor
from kezhi.core.clock import clock_at, local
from kezhi.process.demo import people
from kezhi.process.demo.calendar import Sessions, worked_before
from kezhi.process.demo.names import Names
from kezhi.process.demo.needs import FAIRS, NEEDS, PRODUCTS, WEB_FORMS
from kezhi.process.demo.stories import Story
from kezhi.records.operations import InvalidRecord, draft_new, store_new
from kezhi.records.registry import record_type
from kezhi.sales.models import Lead, LeadSource
from kezhi.sales.source_facts import refresh_sources

# Which concrete source a channel's leads came through; of two fairs the one that had begun last.
_THROUGH = {
    "exhibition": ("工博会 2026", "软博会 2026"),
    "online_ads": ("搜索推广：异地容灾",),
    "partner": ("集成商栖川信息",),
    "web_form": ("官网方案咨询",),
}
# Of ten leads so many came to nothing, by channel: a fair's cards are many and cold, a partner's few and warm.
_IN_VAIN = {"exhibition": 6, "online_ads": 7, "partner": 2, "web_form": 4}
_WHY = ("no_need", "no_need", "no_budget", "unreachable", "competitor", "wrong_contact")


class PastLeads:
    """Enters them beside the customers they became, many at once, as a company brings its history along."""

    def __init__(
        self, sessions: Sessions, users: Mapping[str, int], sources: Mapping[str, LeadSource], rng: Random
    ) -> None:
        self._sessions, self._users, self._sources, self._rng = sessions, users, sources, rng
        self._names = Names(rng)
        self._born: dict[int, list[Story]] = defaultdict(list)

    def plan(self, stories: Sequence[Story]) -> None:
        """Those whose customers were spoken to and came through a channel that has leads."""
        for story in stories:
            if story.owner and story.visits and not story.twin_of and story.source in _THROUGH:
                self._born[story.born].append(story)

    def after(self, session: int) -> None:
        """What had been asked before this session's new customers were entered."""
        found = [(story, source) for story in self._born.pop(session, ()) if (source := self._through(story.source))]
        if not found:
            return
        moment = self._sessions.moments[session]
        brought = user_actor(self._users[people.ADMINISTRATOR], door="import")
        drafts = []
        for story, source in found:
            values = self._asked(story, source)
            drafts += draft_new(record_type("lead"), [values], actor=brought, given=[self._became(story, moment)])
            for _one in range(self._in_vain(story.source)):
                asked, given = self._nothing(story, source, moment)
                drafts += draft_new(record_type("lead"), [asked], actor=brought, given=[given])
        for draft in drafts:
            if draft.problems:
                raise InvalidRecord(draft.problems)
            draft.facts["history"] = True
            draft.record.created_by_id = draft.record.owner_id
        with transaction.atomic(), clock_at(min(moment, self._sessions.end)):
            leads = store_new(record_type("lead"), drafts, actor=brought)
        became = {lead.customer_id: lead.pk for lead in leads if lead.customer_id}
        for story, _source in found:
            story.lead_id = became[story.pk]

    def finish(self) -> None:
        """What the sources' customers have bought."""
        refresh_sources(LeadSource.objects.ungated("demo company").values_list("pk", flat=True))

    def _through(self, channel: str) -> LeadSource | None:
        begun = (self._sources[name] for name in _THROUGH[channel] if name in self._sources)
        return next(begun, None)

    def _asked(self, story: Story, source: LeadSource) -> dict[str, Any]:
        first = story.people[0] if story.people else None
        return {
            "name": story.name,
            "contact_name": first.name if first else "",
            "phone": story.phone,
            "industry": story.industry,
            "province": story.place.province,
            "city": story.place.city,
            "interest": story.product,
            "need": self._need(story.industry),
            **self._came(story.source, source),
        }

    def _became(self, story: Story, moment: dt.datetime) -> dict[str, Any]:
        entered, answered = self._before(moment, story.source)
        return {
            "state": Lead.State.QUALIFIED,
            "customer_id": story.pk,
            "contact_id": story.contact_ids[0] if story.contact_ids else None,
            "qualified_at": moment,
            **self._begun(story, entered, answered),
        }

    def _nothing(self, story: Story, source: LeadSource, moment: dt.datetime) -> tuple[dict[str, Any], dict[str, Any]]:
        rng = self._rng
        industry = rng.choice([key for key in NEEDS if key != "other"])
        place = self._names.place()
        asked = {
            "name": self._names.company(industry, place),
            "contact_name": self._names.person("user").name,
            "phone": self._names.mobile(),
            "industry": industry,
            "province": place.province,
            "city": place.city,
            "interest": rng.choice(PRODUCTS),
            "need": self._need(industry),
            **self._came(story.source, source),
        }
        entered, answered = self._before(moment, story.source)
        given = {
            "state": Lead.State.DISQUALIFIED,
            "disqualify_reason": rng.choice(_WHY),
            **self._begun(story, entered, answered),
        }
        return asked, given

    def _came(self, channel: str, source: LeadSource) -> dict[str, str]:
        detail = source.name
        if channel == "exhibition":
            detail = next((fair for fair in FAIRS if fair[:3] == source.name[:3]), source.name)
        elif channel == "web_form":
            detail = self._rng.choice(WEB_FORMS)
        return {"channel": channel, "source": str(source.pk), "source_detail": detail}

    def _need(self, industry: str) -> str:
        need = NEEDS.get(industry, NEEDS["it"])
        return f"{self._rng.choice(need.systems)}：{self._rng.choice(need.pains)}。"

    def _before(self, moment: dt.datetime, channel: str) -> tuple[dt.datetime, dt.datetime]:
        """When it came in and when it was first answered: some days before ``moment``, not before the source began."""
        source = self._through(channel)
        day = worked_before(local(moment - dt.timedelta(days=self._rng.randint(1, 6))).date())
        entered = local(moment).replace(year=day.year, month=day.month, day=day.day, hour=self._rng.randint(9, 15))
        if source is not None:
            entered = max(entered, source.created_at)
        entered = min(entered, moment - dt.timedelta(hours=3))
        return entered, min(entered + dt.timedelta(minutes=self._rng.randint(20, 1500)), moment)

    def _begun(self, story: Story, entered: dt.datetime, answered: dt.datetime) -> dict[str, Any]:
        return {
            "owner_id": self._users[story.owner],
            "created_at": entered,
            "entered_at": entered.replace(second=0, microsecond=0),
            "assigned_at": entered,
            "first_contacted_at": answered,
        }

    def _in_vain(self, channel: str) -> int:
        """How many came to nothing for one that did not, so that shares come out over many."""
        failed = _IN_VAIN[channel]
        wanted = failed / (10 - failed)
        return int(wanted) + (self._rng.random() < wanted - int(wanted))
