# zh-data: what the demo company's people wrote
"""The pool of the demo company: who was not tended goes there, colleagues take them over, a handful still waits."""

import datetime as dt
from collections.abc import Mapping
from functools import partial
from random import Random

from kezhi.access.actors import Actor
from kezhi.core.clock import local, moment_at, now, today
from kezhi.customers.models import Customer
from kezhi.customers.operations.pool import claim_customers, put_into_pool
from kezhi.engagement.operations import record_follow_up
from kezhi.process.demo import people
from kezhi.process.demo.agenda import Agenda
from kezhi.process.demo.company import demo_actor
from kezhi.process.demo.featured import FEATURED
from kezhi.records.completeness import missing_for_follow_up
from kezhi.records.registry import record_type

# Days before today on which the company looks through who was not tended; the last rounds wake the sleepers.
_ROUNDS = (41, 34, 27, 20, 13, 6, 1)
_LATE = 13
_LEFT = 6
_ASLEEP = dt.timedelta(days=180)
_SAID = (
    "刚接手，打电话认识了一下，对方说眼下没有新项目，愿意先看看资料。",
    "接手后回访，机房还是老样子，预算要等下半年。",
    "通了电话，之前的顾问离开后没人联系，对方希望我们定期去看看。",
    "接手后拜访，了解了现有系统，对方对异地备份有兴趣，但还没立项。",
)


class Pool:
    """Plans the rounds."""

    def __init__(self, users: Mapping[str, int], actors: Mapping[str, Actor], rng: Random, agenda: Agenda) -> None:
        self._users, self._actors, self._rng, self._agenda = users, actors, rng, agenda

    def plan(self, end: dt.datetime) -> None:
        """Put the rounds on the agenda: in the morning, before anybody enters what the day brought."""
        for days in _ROUNDS:
            day = local(end).date() - dt.timedelta(days=days)
            self._agenda.at(moment_at(day, dt.time(8, 40)), partial(self._round, days, end))

    def _round(self, days: int, end: dt.datetime) -> None:
        rows = Customer.objects.ungated("demo company").filter(
            owner__isnull=False, recall_on__lte=today(), deleted_at__isnull=True
        )
        # Those with a story of their own keep the people it tells of.
        rows = rows.exclude(name__in=[featured.name for featured in FEATURED])
        due = list(rows.order_by("pk").select_for_update(of=("self",)))
        if days > _LATE:
            # Sleepers are left alone for now: waking them is a campaign of these weeks.
            due = [row for row in due if row.last_followed_at and row.last_followed_at > now() - _ASLEEP]
        if not due:
            return
        ids = put_into_pool(due, "quiet", by={row.pk: demo_actor() for row in due})
        self._rng.shuffle(ids)
        taken = ids[_LEFT:] if days == _ROUNDS[-1] else ids
        self._agenda.at(now() + dt.timedelta(minutes=30), partial(self._claim, taken, end))

    def _claim(self, ids: list[int], end: dt.datetime) -> None:
        """Colleagues take them over, each as many as the limits allow, and call within a day or two."""
        left = list(ids)
        names = [name for name in people.OWNERS if name != people.LEAVER]
        self._rng.shuffle(names)
        for _turn in range(3):
            for name in names:
                if not left:
                    return
                done = claim_customers(left[:3], actor=self._actors[name].fresh()).done
                left = [pk for pk in left if pk not in done]
                for pk in done:
                    day = today() + dt.timedelta(days=self._rng.randint(0, 2))
                    moment = moment_at(day, dt.time(self._rng.randint(10, 14), self._rng.randint(0, 59)))
                    if moment < end and self._rng.random() < 0.75:
                        self._agenda.at(moment, partial(self._call, pk, name))

    def _call(self, pk: int, name: str) -> None:
        customer = Customer.objects.ungated("demo company").get(pk=pk)
        asleep = customer.last_followed_at is None or customer.last_followed_at < now() - _ASLEEP
        if asleep or customer.owner_id != self._users[name] or missing_for_follow_up(record_type("customer"), customer):
            return
        said = {
            "method": "phone",
            "happened_at": now() - dt.timedelta(minutes=20),
            "summary": self._rng.choice(_SAID),
            "no_next_reason": "按联系计划定期回访",
        }
        record_follow_up(customer, said, actor=self._actors[name].fresh())
