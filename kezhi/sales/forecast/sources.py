"""All sources side by side: what came, what became of it, what it cost and what it won (LEAD-6)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.models import FieldLevel
from kezhi.access.policies import NotAllowed
from kezhi.core.clock import local
from kezhi.records.linking import titles_loaded
from kezhi.records.lists import list_choices
from kezhi.records.registry import record_type
from kezhi.sales.forecast import links
from kezhi.sales.forecast.asked import Asked, countable
from kezhi.sales.forecast.page import Figure
from kezhi.sales.models import Lead, LeadSource, Opportunity
from kezhi.ui import html

ZERO = Decimal(0)
_READABLE = (FieldLevel.READ, FieldLevel.WRITE)

SORTS = ("leads", "effective", "rate", "won", "cost", "per_lead", "return")


@dataclass(slots=True)
class Brought:
    """What one source, one channel or all of them brought; None where the reader may not know."""

    leads: int = 0
    effective: int | None = 0
    won_count: int = 0
    won: Decimal | None = ZERO
    cost: Decimal | None = None

    @property
    def rate(self) -> Decimal | None:
        """Effective customers of a hundred leads, to a tenth."""
        if self.effective is None or not self.leads:
            return None
        return (Decimal(100) * self.effective / self.leads).quantize(Decimal("0.1"), ROUND_HALF_UP)

    @property
    def per_lead(self) -> Decimal | None:
        """Yuan spent for each lead."""
        if self.cost is None or not self.leads:
            return None
        return (self.cost / self.leads).quantize(Decimal("0.01"), ROUND_HALF_UP)

    @property
    def times(self) -> Decimal | None:
        """Won for each yuan spent."""
        if self.won is None or not self.cost:
            return None
        return (self.won / self.cost).quantize(Decimal("0.1"), ROUND_HALF_UP)

    def add(self, other: "Brought") -> None:
        """Count another one in."""
        self.leads += other.leads
        self.won_count += other.won_count
        self.effective = None if self.effective is None or other.effective is None else self.effective + other.effective
        self.won = None if self.won is None or other.won is None else self.won + other.won
        if other.cost is not None:
            self.cost = (self.cost or ZERO) + other.cost

    def value(self, name: str) -> Decimal:
        """What it is sorted by; what is not known stands last."""
        found = {
            "leads": self.leads, "effective": self.effective, "rate": self.rate, "won": self.won, "cost": self.cost,
            "per_lead": self.per_lead, "return": self.times,
        }[name]  # fmt: skip
        return Decimal(-1) if found is None else Decimal(found)


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One line of the page; ``depth`` 0 is a channel, 1 a concrete source of it."""

    label: str
    url: str
    depth: int
    brought: Brought
    leads: Figure
    effective: Figure
    won: Figure
    cost: Figure
    bar: int = 0

    @property
    def rate(self) -> str:
        """In words."""
        return "—" if self.brought.rate is None else f"{self.brought.rate}%"

    @property
    def per_lead(self) -> str:
        """In words."""
        return "—" if self.brought.per_lead is None else html.money(self.brought.per_lead)

    @property
    def times(self) -> str:
        """In words."""
        return "—" if self.brought.times is None else f"{self.brought.times}"


@dataclass(frozen=True, slots=True)
class SourcesPage:
    """The page; ``has_*`` say which columns the reader may know at all."""

    asked: Asked
    total: SourceRow
    rows: list[SourceRow]
    sort: str
    has_effective: bool
    has_won: bool
    has_cost: bool
    is_shared: bool = field(default=False)


def sources_page(asked: Asked, actor: Actor, sort: str = "won") -> SourcesPage:
    """Gather the page from the leads that came in the span; a fixed number of statements.

    Raises:
        NotAllowed: the actor sees no leads, or neither channel nor source of them.
    """
    found = count_sources(asked, actor)
    sort = sort if sort in SORTS else "won"
    channels: dict[str, Brought] = {}
    has_effective, has_won = _readable("state", actor), _sees_won(actor)
    for (channel, _source), brought in found.cells.items():
        channels.setdefault(channel, _nothing(has_effective, has_won)).add(brought)
    total = _nothing(has_effective, has_won)
    for brought in channels.values():
        total.add(brought)
    most = max([brought.won or ZERO for brought in channels.values()] + [Decimal(1)])
    names = list_choices("source")
    titles = _titles([source for _channel, source in found.cells if source], actor)
    rows: list[SourceRow] = []
    order: Callable[[tuple[Any, Brought]], tuple[Decimal, int, str]] = lambda pair: (  # noqa: E731
        -pair[1].value(sort), -pair[1].leads, str(pair[0]),
    )  # fmt: skip
    for channel, brought in sorted(channels.items(), key=order):
        label = names.label(channel) if channel else gettext("没有渠道")
        rows.append(_row(asked, label, 0, brought, most, [links.is_value("channel", channel)]))
        own = [(key, each) for key, each in found.cells.items() if key[0] == channel]
        if len(own) == 1 and own[0][0][1] is None:
            continue
        for (_channel, source), each in sorted(own, key=order):
            terms = [links.is_value("channel", channel), links.is_value("source", source)]
            name = gettext("没有具体来源")
            if source is not None:
                name = titles.get(source) or gettext("您看不到的来源")
            url = f"/lead-sources/{source}/" if source in titles else ""
            rows.append(_row(asked, name, 1, each, most, terms, url=url, source=source if source in titles else None))
    return SourcesPage(
        asked, _row(asked, gettext("合计"), 0, total, most, []), rows, sort, has_effective, has_won, found.has_cost,
        found.is_shared,
    )  # fmt: skip


@dataclass(slots=True)
class Counted:
    """Cells by (channel, source id); ``is_shared``: costs are shares by the leads counted."""

    cells: dict[tuple[str, int | None], Brought]
    has_cost: bool
    is_shared: bool


def count_sources(asked: Asked, actor: Actor) -> Counted:
    """What the leads that entered in the span brought, by channel and source."""
    if not actor.allows("lead", "view"):
        raise NotAllowed(_("您的角色不能查看线索"), subject="lead", action="view")
    by_source = _readable("source", actor)
    if not by_source and not _readable("channel", actor):
        raise NotAllowed(_("您的角色看不到线索的来源"), subject="lead", action="view")
    columns = [*(["channel"] if _readable("channel", actor) else []), *(["source_id"] if by_source else [])]
    has_effective, has_won = _readable("state", actor), _sees_won(actor)
    cells: dict[tuple[str, int | None], Brought] = defaultdict(lambda: _nothing(has_effective, has_won))
    rows: Any = Lead.objects.visible_to(actor).filter(_entered(asked))
    if (people := asked.people) is not None:
        rows = rows.filter(owner_id__in=people)
    figures = {"leads": Count("id"), "effective": Count("id", filter=Q(state=Lead.State.QUALIFIED))}
    for row in rows.order_by().values(*columns).annotate(**figures):
        cell = cells[row.get("channel") or "", row.get("source_id")]
        cell.leads += row["leads"]
        if cell.effective is not None:
            cell.effective += row["effective"]
    if has_won:
        for row in _won(asked, actor, columns):
            cell = cells[row.get("lead__channel") or "", row.get("lead__source_id")]
            cell.won_count += row["number"]
            cell.won = (cell.won or ZERO) + Decimal(row["total"] or 0).quantize(Decimal("0.01"))
    has_cost = by_source and record_type("lead_source").level("cost", actor) in _READABLE
    is_shared = False
    if has_cost:
        is_shared = _add_costs(cells, asked, actor)
    return Counted(dict(cells), has_cost, is_shared)


def _won(asked: Asked, actor: Actor, columns: Iterable[str]) -> Iterable[Mapping[str, Any]]:
    entered = Q(lead__entered_at__gte=asked.moments[0], lead__entered_at__lt=asked.moments[-1])
    rows: Any = countable(replace(asked, pipeline=""), actor).filter(entered, state=Opportunity.State.WON)
    grouped = rows.order_by().values(*(f"lead__{column}" for column in columns))
    return grouped.annotate(total=Sum("amount"), number=Count("id"))  # type: ignore[no-any-return]


def _add_costs(cells: dict[tuple[str, int | None], Brought], asked: Asked, actor: Actor) -> bool:
    """What of each visible source's cost falls in the span, by its days; a part of the leads bears a part of it."""
    sources = LeadSource.objects.visible_to(actor).filter(deleted_at__isnull=True, cost__isnull=False)
    costs = {
        pk: (channel, part)
        for pk, channel, cost, starts, ends, made in sources.order_by().values_list(
            "pk", "channel", "cost", "starts_on", "ends_on", "created_at"
        )
        if (part := cost_within(cost, starts or ends or local(made).date(), ends, asked.first, asked.end))
    }
    # All leads of the source, also those out of sight: otherwise the few one sees would bear all of it.
    rows = Lead.objects.ungated("share of a cost").filter(_entered(asked), source_id__in=costs, deleted_at__isnull=True)
    whole = dict(rows.order_by().values_list("source_id").annotate(number=Count("id")))
    by_source: dict[int, list[Brought]] = defaultdict(list)
    for (_channel, source), cell in cells.items():
        if source is not None and source in costs:
            by_source[source].append(cell)
    is_shared = False
    seen, with_channel = actor.owners("lead", "view"), _readable("channel", actor)
    for pk, (channel, part) in costs.items():
        mine = sum(cell.leads for cell in by_source.get(pk, ()))
        if not whole.get(pk):
            if asked.people is None and seen is None:
                cells[channel if with_channel else "", pk].cost = part
            continue
        is_shared = is_shared or mine != whole[pk]
        for cell in by_source.get(pk, ()):
            cell.cost = (part * cell.leads / whole[pk]).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return is_shared


def cost_within(cost: Decimal, starts: date, ends: date | None, first: date, end: date) -> Decimal:
    """The part of a cost, spread evenly over the days of its source, that falls from ``first`` to before ``end``."""
    last = max(ends or starts, starts)
    days = (last - starts).days + 1
    within = min(last.toordinal() + 1, end.toordinal()) - max(starts.toordinal(), first.toordinal())
    return (cost * max(within, 0) / days).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _entered(asked: Asked) -> Q:
    return Q(entered_at__gte=asked.moments[0], entered_at__lt=asked.moments[-1])


def _nothing(has_effective: bool, has_won: bool) -> Brought:
    return Brought(effective=0 if has_effective else None, won=ZERO if has_won else None)


def _readable(key: str, actor: Actor) -> bool:
    return record_type("lead").level(key, actor) in _READABLE


def _sees_won(actor: Actor) -> bool:
    known = record_type("opportunity")
    hidden = (FieldLevel.HIDDEN, FieldLevel.MASKED)
    return actor.allows("opportunity", "view") and known.level("amount", actor) not in hidden


def _titles(ids: list[int], actor: Actor) -> dict[int, str]:
    """The names of the sources the reader may see."""
    seen = LeadSource.objects.visible_to(actor).filter(pk__in=ids).order_by().values_list("pk", flat=True)
    reader = record_type("lead").field("source")
    assert reader is not None
    read = reader.read_by(actor)
    with titles_loaded({"lead_source": ids}, actor):
        return {pk: read.text(pk) for pk in seen}


def _row(
    asked: Asked, label: str, depth: int, brought: Brought, most: Decimal, terms: list[links.Term], *,
    url: str = "", source: int | None = None,
) -> SourceRow:  # fmt: skip
    entered = links.within("entered_at", asked.first, asked.end)
    came = links.leads(asked, entered, *terms)
    good = links.leads(asked, entered, *terms, links.state(Lead.State.QUALIFIED))
    through = [term | {"field": f"lead.{term['field']}"} for term in (entered, *terms)]
    won = links.opportunities(replace(asked, pipeline=""), links.state("won"), *through)
    money = Figure("—") if not brought.won else Figure(html.wan(brought.won), html.money(brought.won), won)
    spent = Figure("—")
    if brought.cost is not None:
        spent = Figure(html.wan(brought.cost), html.money(brought.cost), f"/lead-sources/{source}/" if source else "")
    return SourceRow(
        label, url, depth, brought,
        Figure(f"{brought.leads:,}", url=came if brought.leads else ""),
        Figure("—" if brought.effective is None else f"{brought.effective:,}", url=good if brought.effective else ""),
        money, spent, round(100 * (brought.won or ZERO) / most),
    )  # fmt: skip
