# zh-data: names of made-up opportunities and leads
"""Opportunities and leads to measure on: half as many opportunities as customers, and as many leads."""

import datetime as dt
from decimal import Decimal
from random import Random

from django.db import connection, transaction

from kezhi.config.benchmark.organisation import People
from kezhi.config.benchmark.register import Say
from kezhi.core import epochs
from kezhi.core.bulk_insert import insert_many
from kezhi.core.clock import local, now
from kezhi.customers.models import Customer
from kezhi.records.registry import record_type
from kezhi.sales.models import Lead, Opportunity
from kezhi.sales.stages import stages_of

_BATCH = 2_000
_PIPELINE = "project"
_FORECASTS = ("pipeline", "pipeline", "pipeline", "best", "commit")


def fill_sales(people: People, customers: int, say: Say) -> None:
    """Make opportunities and leads until there are enough for a register of this size."""
    _fill("opportunities", Opportunity, customers // 2, _Opportunities(people), say)
    _fill("leads", Lead, customers, _Leads(people), say)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _fill(name: str, model: type[Opportunity] | type[Lead], wanted: int, maker: "_Maker", say: Say) -> None:
    have = model.objects.ungated("bench").count()
    while have < wanted:
        count = min(_BATCH, wanted - have)
        with epochs.snapshot(), transaction.atomic():
            insert_many([maker.make(have + place) for place in range(count)])
        have += count
        if have % 20_000 == 0:
            say(f"{have:,} {name}")


class _Maker:
    """Makes the rows of one kind."""

    def __init__(self, people: People) -> None:
        self.people, self.now = people, now()
        self.rng = Random(20_260_102)  # noqa: S311 - nothing secret

    def owner(self) -> int:
        """Half of everything belongs to the measured department."""
        return self.rng.choice(self.people.own if self.rng.random() < 0.5 else self.people.elsewhere)

    def make(self, place: int) -> Opportunity | Lead:
        """The row of this place."""
        raise NotImplementedError


class _Opportunities(_Maker):
    def __init__(self, people: People) -> None:
        super().__init__(people)
        self.stages = stages_of(_PIPELINE)
        ids = Customer.objects.ungated("bench").order_by("pk").values_list("pk", flat=True)
        self.customers = list(ids[:50_000])

    def make(self, place: int) -> Opportunity:
        rng = self.rng
        stage = rng.choice(self.stages)
        made = self.now - dt.timedelta(minutes=rng.randrange(60, 700_000))
        entered = made + (self.now - made) * rng.random()
        amount = Decimal(rng.randrange(1, 300) * 1_000)
        is_open = stage.kind == "open"
        expected = local(self.now).date() + dt.timedelta(days=rng.randrange(-30, 200))
        return Opportunity(
            number=f"O{place + 1:08d}",
            name=f"机房改造 {place + 1}",
            owner_id=self.owner(),
            customer_id=self.customers[place % len(self.customers)],
            created_at=made,
            changed_at=entered,
            pipeline_id=_PIPELINE,
            stage_id=stage.key,
            stage_entered_at=entered,
            state=stage.kind,
            probability=stage.probability,
            forecast=rng.choice(_FORECASTS),
            amount=amount,
            weighted_amount=amount * stage.probability / 100,
            expected_close_on=expected,
            closed_at=None if is_open else entered,
            days_to_close=None if is_open else (entered - made).days,
            lost_reason="price" if stage.kind == "lost" else "",
            quote_count=1,
            is_confirmed=True,
            tag_ids=[],
            custom={},
        )


class _Leads(_Maker):
    def make(self, place: int) -> Lead:
        rng = self.rng
        entered = self.now - dt.timedelta(minutes=rng.randrange(60, 700_000))
        row = Lead(
            number=f"X{place + 1:08d}",
            name=f"深圳启元{place + 1}科技有限公司",
            name_key=f"启元{place + 1}",
            contact_name="王伟",
            owner_id=self.owner(),
            created_at=entered,
            changed_at=entered,
            entered_at=entered,
            channel=rng.choice(("exhibition", "web_form", "search")),
            state=rng.choice(("new", "working", "working", "qualified", "disqualified")),
            score=rng.randrange(0, 100),
            tag_ids=[],
            custom={},
        )
        if (phone := record_type("lead").field("phone")) is not None:
            phone.set(row, f"+861{rng.choice('3578')}{rng.randrange(10**8, 10**9)}")
        return row
