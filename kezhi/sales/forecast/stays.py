"""The stays behind a number of the analysis: who passed a stage, since when and for how long (SAL-8)."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Avg, Count
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import NotAllowed
from kezhi.core.clock import local
from kezhi.records.linking import titles_loaded
from kezhi.records.presenting import present_all
from kezhi.records.registry import record_type
from kezhi.sales.choices import stages
from kezhi.sales.forecast.asked import Asked, readable
from kezhi.sales.forecast.counting import ENTERED, LEFT, ONWARD, passage, stays_within
from kezhi.sales.models import Stage
from kezhi.sales.stages import stages_of
from kezhi.ui import html

_ON_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class StayRow:
    """One stay; texts as the reader may see them."""

    title: str
    url: str
    customer: str
    owner: str
    now_in: str
    amount: str
    entered: str
    left: str
    days: str


@dataclass(frozen=True, slots=True)
class StaysPage:
    """The page; ``ways`` of passing with their addresses, ``count`` of opportunities, ``days`` on average."""

    label: str
    ways: list[tuple[str, str, bool]]
    count: int
    days: str
    rows: list[StayRow]
    turn: "Page[Any]"
    query: str


def stays_page(asked: Asked, actor: Actor, stage: str, passed: str, number: str) -> StaysPage:
    """Gather the page, the latest stay first.

    Raises:
        NotAllowed: the actor does not read stages, or counts no opportunities.
    """
    if not readable("stage", actor):
        raise NotAllowed(_("您的角色看不到商机的阶段"), subject="opportunity", action="view")
    if passed not in (ENTERED, LEFT, ONWARD):
        passed = ENTERED
    pipeline = str(Stage.objects.values_list("pipeline_id", flat=True).get(key=stage))
    lost = [each.key for each in stages_of(pipeline) if each.kind == Stage.Kind.LOST]
    found = stays_within(asked, actor).filter(passage(passed, lost), stage_id=stage)
    sums = found.aggregate(count=Count("opportunity_id", distinct=True), days=Avg("days", filter=passage(LEFT, lost)))
    turn = Paginator(found.select_related("opportunity").order_by("-entered_at", "-id"), _ON_A_PAGE).get_page(number)
    stays = list(turn.object_list)
    customers = [stay.opportunity.customer_id for stay in stays if stay.opportunity.customer_id]
    with titles_loaded({"customer": customers}, actor):
        shown = present_all([stay.opportunity for stay in stays], record_type("opportunity"), actor)
        rows = [
            StayRow(
                seen.title,
                seen.url,
                seen.text("customer"),
                seen.text("owner"),
                seen.text("stage"),
                html.money(stay.opportunity.amount) if stay.opportunity.amount is not None else "—",
                f"{local(stay.entered_at):%Y-%m-%d}",
                f"{local(stay.left_at):%Y-%m-%d}" if stay.left_at else "—",
                ngettext("%(days)d 天", "%(days)d 天", stay.days) % {"days": stay.days} if stay.left_at else "—",
            )
            for stay, seen in zip(stays, shown, strict=True)
        ]
    words = ((ENTERED, gettext("进入")), (LEFT, gettext("离开")), (ONWARD, gettext("往前走")))
    return StaysPage(
        label=stages().label(stage),
        ways=[(label, asked.query(passed=key), key == passed) for key, label in words],
        count=sums["count"],
        days="" if sums["days"] is None else f"{float(sums['days']):.1f}",
        rows=rows,
        turn=turn,
        query=asked.query(passed=passed),
    )
