# zh-data: words of a company's name
"""What happens to each customer of the demo company, decided beforehand; nothing is written here."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random

from kezhi.process.demo import people
from kezhi.process.demo.calendar import Sessions
from kezhi.process.demo.featured import FEATURED, Featured
from kezhi.process.demo.names import INDUSTRY_SHARES, Names, Person, Place
from kezhi.process.demo.needs import FAIRS, KEYWORDS, PRODUCTS, REFERRERS, WEB_FORMS

# Customers with a full history; a larger register is filled up with others that have only a few lines.
STORIES = 300
_LEVELS = {"VIP": 4, "A": 16, "B": 34, "C": 46}
# Days between follow-ups before the contract: A weekly, B every two weeks, C monthly (FUP-1).
_CADENCE = {"VIP": (12, 24), "A": (7, 13), "B": (13, 22), "C": (26, 42)}
_LUCK = {"VIP": 0.95, "A": 0.78, "B": 0.55, "C": 0.35}
_BUDGETS = {"VIP": (90, 320), "A": (40, 130), "B": (12, 50), "C": (3, 16)}
_FATES = {"active": 60, "customer": 0, "overdue": 13, "today": 4, "lost": 9, "dormant": 11, "never": 3}
_SOURCES = {
    "exhibition": 20,
    "online_ads": 13,
    "search": 13,
    "web_form": 14,
    "partner": 15,
    "visit": 12,
    "phone": 9,
    "import": 4,
}
_FUNNEL = ("first", "need", "proposal", "talks", "signed", "delivery")


@dataclass(frozen=True, slots=True)
class Visit:
    """A follow-up to come: in which session it is entered, at which stage, and by an agent instead of the owner."""

    session: int
    stage: str
    agent: str = ""


@dataclass(slots=True)
class Story:
    """One customer: what is known of it, who it belongs to, what happens to it and how it stands today."""

    index: int
    name: str
    kind: str
    industry: str
    level: str
    owner: str
    place: Place
    people: tuple[Person, ...]
    phone: str
    source: str
    source_detail: str
    product: str
    budget: int
    born: int
    fate: str
    visits: list[Visit] = field(default_factory=list)
    is_sparse: bool = False
    twin_of: str = ""
    # filled while it is played
    pk: int = 0
    contact_ids: list[int] = field(default_factory=list)
    task_id: int = 0
    lead_id: int | None = None
    lifecycle: str = "lead"


class Storyteller:
    """Decides what happens to customers, the same for the same seed and moment."""

    def __init__(self, sessions: Sessions, rng: Random) -> None:
        self._sessions = sessions
        self._rng = rng
        self.names = Names(rng)
        self._sources = (list(_SOURCES), list(_SOURCES.values()))
        self._industries = (list(INDUSTRY_SHARES), list(INDUSTRY_SHARES.values()))
        self._owners = (list(people.OWNERS), list(people.OWNERS.values()))

    def tell(self, size: int) -> Iterator[Story]:
        """``size`` customers: the featured ones, those with a year of history, and the crowd."""
        index = 0
        for featured in FEATURED[:size]:
            yield self._featured(index, featured)
            index += 1
        full = min(size, STORIES)
        while index < full:
            yield self._invented(index)
            index += 1
        while index < size:
            yield self._one_of_many(index)
            index += 1

    def twins(self, stories: Sequence[Story]) -> list[Story]:
        """The same customers entered a second time, with a shortened name or only the same telephone."""
        rng = self._rng
        known = [
            story
            for story in stories[len(FEATURED) :]
            if story.name.endswith("有限公司") and len(story.people) > 1 and story.visits
        ]
        found = []
        for place, original in enumerate(rng.sample(known, min(len(known), 7))):
            short = original.name.removesuffix("有限公司").removesuffix("股份")
            name = (f"{short}公司", original.name, f"{short}（集团）有限公司")[place % 3]
            owner = rng.choice([name for name in ("sunyue", "xieyu", "chenhao") if name != original.owner])
            twin = self._base(original.index, owner)
            twin.name, twin.place, twin.industry = name, original.place, original.industry
            twin.phone = original.phone
            twin.people = original.people[:1]
            twin.fate, twin.twin_of, twin.source = "never", original.name, "import"
            twin.source_detail = "外购名单"
            twin.born = max(original.born + 1, len(self._sessions) - rng.randint(3, 9))
            found.append(twin)
        return found

    # -- kinds of stories

    def _featured(self, index: int, featured: Featured) -> Story:
        story = self._base(index, featured.owner)
        story.name, story.industry, story.level = featured.name, featured.industry, featured.level
        story.place, story.people, story.phone = featured.place, featured.people, featured.phone
        story.budget = self._budget(featured.level)
        if index == 0:
            story.born = 0
        elif featured.months_ago == 0:
            story.born = max(0, len(self._sessions) - 2)
            story.source, story.source_detail = (
                ("online_ads", KEYWORDS[0]) if featured.owner else ("exhibition", FAIRS[0])
            )
        else:
            start = self._sessions.end - dt.timedelta(days=30 * featured.months_ago + 4)
            story.born = min(self._sessions.on_or_after(start), len(self._sessions) - 1)
        story.fate = featured.fate
        self._plan(story)
        return story

    def _invented(self, index: int) -> Story:
        rng = self._rng
        story = self._base(index, rng.choices(*self._owners)[0])
        if rng.random() < 0.04:
            self._make_person(story)
        elif rng.random() < 0.03 and story.source in ("exhibition", "import", "online_ads"):
            story.owner = ""
        story.born = self._birth()
        age = (self._sessions.end - self._sessions.moments[story.born]).days
        if not story.owner:
            story.fate = "never"
        elif age < 9:
            story.fate = rng.choice(("never", "never", "active"))
        else:
            story.fate = rng.choices(list(_FATES), list(_FATES.values()))[0]
            if story.fate == "dormant" and age < 240:
                story.fate = "active"
        story.is_sparse = story.fate == "never" and rng.random() < 0.6
        self._plan(story)
        return story

    def _one_of_many(self, index: int) -> Story:
        """A customer with at most two follow-ups, so that a large register is filled quickly."""
        rng = self._rng
        story = self._base(index, rng.choices(*self._owners)[0])
        story.people = story.people[:1] if rng.random() < 0.7 else ()
        story.born = self._birth()
        left = len(self._sessions) - story.born - 1
        if left and story.people and rng.random() < 0.5:
            story.fate = "active"
            first = story.born + rng.randint(1, max(1, left // 2))
            story.visits.append(Visit(first, "first"))
            if rng.random() < 0.35 and first + 1 < len(self._sessions):
                story.visits.append(Visit(rng.randint(first + 1, len(self._sessions) - 1), "need"))
        return story

    # -- parts

    def _base(self, index: int, owner: str) -> Story:
        rng, names = self._rng, self.names
        industry = rng.choices(*self._industries)[0]
        level = rng.choices(list(_LEVELS), list(_LEVELS.values()))[0]
        place = names.place()
        source = rng.choices(*self._sources)[0]
        return Story(
            index=index,
            name=names.company(industry, place),
            kind="company",
            industry=industry,
            level=level,
            owner=owner,
            place=place,
            people=self._people(),
            phone=names.mobile() if rng.random() < 0.6 else names.landline(place.area_code),
            source=source,
            source_detail=self._source_detail(source),
            product=rng.choice(PRODUCTS),
            budget=self._budget(level),
            born=0,
            fate="never",
        )

    def _people(self) -> tuple[Person, ...]:
        rng = self._rng
        roles = ["influencer", "decider", "purchaser", "user", "gatekeeper"]
        number = rng.choices((1, 2, 3, 4), (34, 38, 21, 7))[0]
        first = rng.choices(roles, (44, 14, 18, 16, 8))[0]
        rest = rng.sample([role for role in roles if role != first], number - 1)
        return tuple(self.names.person(role) for role in (first, *rest))

    def _make_person(self, story: Story) -> None:
        story.kind = "person"
        story.industry, story.level = "other", "C"
        story.name = self.names.given()
        story.people = ()
        story.phone = self.names.mobile()
        story.budget = self._rng.randint(1, 4)
        story.product = "云备份"

    def _source_detail(self, source: str) -> str:
        words = {
            "exhibition": FAIRS,
            "online_ads": KEYWORDS,
            "search": KEYWORDS,
            "partner": REFERRERS,
            "web_form": WEB_FORMS,
        }
        return self._rng.choice(words[source]) if source in words else ""

    def _budget(self, level: str) -> int:
        low, high = _BUDGETS[level]
        return self._rng.randint(low, high)

    def _birth(self) -> int:
        """When a customer is entered: one in ten before the last year, more and more towards today."""
        sessions, rng = self._sessions, self._rng
        if rng.random() < 0.1 and sessions.year > 1:
            return rng.randrange(sessions.year)
        start = sessions.moments[sessions.year]
        share = rng.random() ** 0.8
        return min(sessions.on_or_after(start + (sessions.end - start) * share), len(sessions) - 1)

    def _plan(self, story: Story) -> None:
        """When the customer is followed up, and at which stage."""
        if story.fate == "never":
            return
        rng, sessions = self._rng, self._sessions
        last = self._last_session(story)
        stages = self._stages(story)
        moment = sessions.moments[story.born] + dt.timedelta(hours=rng.choice((16, 20, 24, 30, 44, 70)))
        if story.born < sessions.year and story.fate != "dormant":
            # What is older than a year was entered long ago; its recent history is what matters.
            moment = max(moment, sessions.moments[sessions.year] + dt.timedelta(days=rng.randint(0, 160)))
        won = "care" in stages
        for place in count():
            stage = stages[place] if place < len(stages) else "care" if won else "need"
            session = sessions.on_or_after(moment)
            if session > last or (story.visits and session <= story.visits[-1].session):
                break
            if session <= story.born:
                break
            story.visits.append(Visit(session, stage))
            if place >= len(stages) and not won and rng.random() < 0.2:
                story.fate = "lost"
                break
            moment = sessions.moments[session] + dt.timedelta(days=self._pause(story.level, stage, place))
        if story.fate == "lost" and story.visits:
            story.visits[-1] = Visit(story.visits[-1].session, "lost")
        self._let_service_help(story)
        if not story.visits:
            story.fate = "never"

    def _last_session(self, story: Story) -> int:
        """After which nobody followed up any more."""
        rng, sessions = self._rng, self._sessions
        ago = {"dormant": rng.randint(190, 300), "lost": rng.randint(15, 260), "overdue": rng.randint(6, 34)}
        if story.fate not in ago:
            return len(sessions) - 1
        return max(sessions.on_or_after(sessions.end - dt.timedelta(days=ago[story.fate])) - 1, story.born + 1)

    def _stages(self, story: Story) -> list[str]:
        rng = self._rng
        if story.fate in ("customer", "renewal"):
            tail = ["care"] * 5 + ["renewal"] * (2 if story.fate == "renewal" else 0) + ["care"]
            return tail if story.born < self._sessions.year else [*_FUNNEL, *tail]
        wins = rng.random() < _LUCK[story.level]
        if story.born < self._sessions.year and wins:
            return ["care"] * rng.randint(3, 6) + ["renewal"] * rng.randint(0, 2) + ["care"] * 3
        stages = ["first"]
        stages += ["need"] * rng.randint(1, 2)
        if wins:
            stages += ["proposal"] * rng.randint(1, 2) + ["talks"] * rng.randint(1, 2) + ["signed", "delivery"]
            stages += ["care"] * rng.randint(3, 5) + ["renewal"]
        else:
            stages += ["proposal"] * rng.randint(0, 2) + ["need"] * rng.randint(1, 2) + ["first"] * rng.randint(0, 1)
        return stages

    def _pause(self, level: str, stage: str, place: int) -> int:
        """Days until the next follow-up: by level at first, monthly after the contract, later every two."""
        rng = self._rng
        if stage in ("care", "renewal"):
            return rng.randint(26, 38) if level == "VIP" or place < 8 else rng.randint(48, 57)
        low, high = _CADENCE[level]
        return rng.randint(low, high) if place < 4 else rng.randint(high, min(2 * high, 50))

    def _let_service_help(self, story: Story) -> None:
        """After delivery customers also call the service desk."""
        delivered = [visit.session for visit in story.visits if visit.stage in ("delivery", "care")]
        if not delivered or self._rng.random() > 0.45:
            return
        taken = {visit.session for visit in story.visits}
        free = [session for session in range(delivered[0] + 1, story.visits[-1].session) if session not in taken]
        if free:
            visit = Visit(self._rng.choice(free), "service", self._rng.choice(people.AGENTS))
            story.visits = sorted([*story.visits, visit], key=lambda row: row.session)
