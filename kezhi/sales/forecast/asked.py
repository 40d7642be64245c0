"""What somebody asked of the forecast, and which opportunities they may count."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.models import FieldLevel
from kezhi.access.policies import GuardedQuerySet, NotAllowed
from kezhi.access.rights import organisation
from kezhi.core.clock import day_start, today
from kezhi.core.figures import integer_figure
from kezhi.records.registry import record_type
from kezhi.sales.choices import pipelines
from kezhi.sales.models import Opportunity

LONGEST = 24


@dataclass(frozen=True, slots=True)
class Asked:
    """A span of months, a part of the company, a pipeline.

    ``first`` is the first day of the first month, ``months`` how many there are. ``people`` are the owners asked for;
    None: all that may be seen.
    """

    first: date
    months: int
    department: int | None = None
    person: int | None = None
    pipeline: str = ""

    @property
    def edges(self) -> list[date]:
        """The first day of each month, and of the month after the last."""
        return [plus_months(self.first, number) for number in range(self.months + 1)]

    @property
    def moments(self) -> list[datetime]:
        """:attr:`edges` as moments in UTC."""
        return [day_start(day) for day in self.edges]

    @property
    def end(self) -> date:
        """The first day after the span."""
        return plus_months(self.first, self.months)

    @property
    def people(self) -> frozenset[int] | None:
        """The owners asked for."""
        if self.person is not None:
            return frozenset({self.person})
        if self.department is None:
            return None
        return organisation().members_below(frozenset({self.department}))

    def query(self, **changes: object) -> str:
        """The address's query for this with some parts changed."""
        values: dict[str, object] = {"from": f"{self.first:%Y-%m}", "months": self.months}
        values |= {
            key: value
            for key, value in (("department", self.department), ("person", self.person), ("pipeline", self.pipeline))
            if value
        }
        return urlencode({key: value for key, value in {**values, **changes}.items() if value not in (None, "")})

    def moved(self, months: int) -> "Asked":
        """The same span, earlier or later."""
        return replace(self, first=plus_months(self.first, months))


def read_asked(values: Mapping[str, str], *, looks_back: bool = False) -> Asked:
    """What an address says; whatever makes no sense is left at the present quarter, everybody, all pipelines.

    ``looks_back``: an address without a span means the twelve months until now (what is asked takes long to be won).
    """
    now_in = today().replace(day=1)
    quarter = now_in.replace(month=(now_in.month - 1) // 3 * 3 + 1)
    if looks_back and not values.get("from") and not values.get("months"):
        values = {**values, "from": f"{plus_months(now_in, -11):%Y-%m}", "months": "12"}
    month, pipeline = values.get("from", ""), values.get("pipeline", "")
    try:
        first = date.fromisoformat(f"{month}-01") if month else quarter
    except ValueError:
        first = quarter
    if not 1990 <= first.year <= 2200:
        first = quarter
    asked_months = _number(values.get("months", ""))
    months = asked_months if asked_months and asked_months <= LONGEST else integer_figure("sales.forecast_months")
    department, person = _number(values.get("department", "")), _number(values.get("person", ""))
    people = organisation()
    return Asked(
        first,
        months,
        department if department in people.department_paths else None,
        person if person in people.user_names else None,
        pipeline if pipeline in pipelines().items else "",
    )


def countable(asked: Asked, actor: Actor) -> GuardedQuerySet[Opportunity]:
    """The opportunities of the part asked for whose amounts the actor reads.

    Raises:
        NotAllowed: the actor sees no opportunities, or no amounts.
    """
    if not actor.allows("opportunity", "view"):
        raise NotAllowed(_("您的角色不能查看商机"), subject="opportunity", action="view")
    level = record_type("opportunity").level("amount", actor)
    if level in (FieldLevel.HIDDEN, FieldLevel.MASKED):
        raise NotAllowed(_("您的角色看不到商机的金额，所以没有预测"), subject="opportunity", action="view")
    rows = Opportunity.objects.visible_to(actor)
    if level == FieldLevel.OWNER:
        rows = rows.filter(owner_id__in=actor.rights.above_ids)
    if (people := asked.people) is not None:
        rows = rows.filter(owner_id__in=people)
    if asked.pipeline:
        rows = rows.filter(pipeline_id=asked.pipeline)
    return rows


def readable(key: str, actor: Actor) -> bool:
    """Whether the actor may group by a field: only what they read on every record they see."""
    return record_type("opportunity").level(key, actor) in (FieldLevel.READ, FieldLevel.WRITE)


def plus_months(day: date, months: int) -> date:
    """The first day of a month so many months later."""
    number = day.year * 12 + day.month - 1 + months
    return date(number // 12, number % 12 + 1, 1)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and 0 < len(text) < 10 and int(text) > 0 else None
