"""What the forecast page shows: rows of months, people and teams, each number with the address of its records."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils.translation import get_language, gettext

from kezhi.access.actors import Actor
from kezhi.access.directory import person_name
from kezhi.access.models import Department
from kezhi.access.rights import organisation
from kezhi.access.tree import Branch, in_tree_order
from kezhi.core.clock import today
from kezhi.sales.forecast import links
from kezhi.sales.forecast.asked import Asked
from kezhi.sales.forecast.counting import Counted, Money, Targets, count_forecast, late_before, read_targets
from kezhi.ui import html

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and where it comes from; no address where there is nothing."""

    text: str
    full: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table of the forecast."""

    label: str
    url: str
    depth: int
    target: Figure
    won: Figure
    commit: Figure
    best: Figure
    pipeline: Figure
    weighted: Figure
    likely: Figure
    attainment: int | None
    share: "Share"


@dataclass(frozen=True, slots=True)
class Share:
    """The bar of a line: won, committed and weighted rest against the target or the largest line, in percent."""

    won: int = 0
    commit: int = 0
    rest: int = 0
    target: int | None = None


@dataclass(slots=True)
class ForecastPage:
    """The page; ``total`` is all of it, ``overdue`` and ``undated`` stand in no month."""

    asked: Asked
    title: str
    total: Row
    months: list[Row]
    teams: list[Row]
    people: list[Row]
    overdue: Figure | None
    undated: Figure | None
    gap: str
    has_targets: bool
    parts: list[tuple[str, str, bool]] = field(default_factory=list)
    is_empty: bool = False


def forecast_page(asked: Asked, actor: Actor) -> ForecastPage:
    """Gather the page; the statements are the same few however many people and opportunities there are."""
    counted = count_forecast(asked, actor, today=today())
    targets = read_targets(asked)
    seen = actor.owners("opportunity", "view")
    wanted = asked.people
    reach = wanted if seen is None else seen if wanted is None else wanted & seen
    owners = _owners(counted, targets, reach)
    by_owner = counted.by_owner()
    for owner in owners:
        cell = by_owner.setdefault(owner, Money())
        cell.target = sum((targets.people.get((owner, month), ZERO) for month in range(asked.months)), ZERO)
    teams = _teams(asked, actor, by_owner, targets)
    total = Money()
    for owner, cell in by_owner.items():
        if owner in owners or owner == 0:
            total.add(cell)
    total.target = _whole_target(asked, targets, owners, actor)
    by_month = counted.by_month()
    for month in range(asked.months):
        cell = by_month.setdefault(month, Money())
        cell.target = _whole_target(asked, targets, owners, actor, month)
    most = max(
        [cell.likely for cell in (*by_owner.values(), *by_month.values())]
        + [cell.target for cell in by_owner.values()]
        + [Decimal(1)]
    )
    months = [
        _row(
            asked,
            f"{asked.edges[month]:%Y-%m}",
            by_month[month],
            first=asked.edges[month],
            end=asked.edges[month + 1],
            most=most,
            url="",
        )
        for month in range(asked.months)
    ]
    people = [
        _row(
            asked,
            person_name(owner) if owner else gettext("没有负责人"),
            by_owner[owner],
            people=frozenset({owner}),
            most=most,
            url=f"?{asked.query(person=owner)}" if owner and asked.person is None else "",
        )
        for owner in sorted(
            (key for key in by_owner if key in owners or key == 0), key=lambda key: (-by_owner[key].likely, key)
        )
    ]
    whole = _row(asked, gettext("合计"), total, most=most, url="")
    return ForecastPage(
        asked=asked,
        title=_title(asked),
        total=whole,
        months=months,
        teams=teams if asked.person is None else [],
        people=people,
        overdue=_left_out(
            asked, counted.overdue, links.within("expected_close_on", date(1990, 1, 1), late_before(asked, today()))
        ),
        undated=_left_out(asked, counted.undated, links.empty("expected_close_on")),
        gap=html.wan(total.gap) if total.target and total.gap else "",
        has_targets=bool(total.target) or any(cell.target for cell in by_owner.values()),
        is_empty=not counted.cells and not counted.overdue.open_count and not counted.undated.open_count,
    )


def _owners(counted: Counted, targets: Targets, reach: frozenset[int] | None) -> set[int]:
    """Whoever has something in view, and whoever has a target and may be seen."""
    found = {owner for owner, _month in counted.cells if owner}
    found |= {person for person, _month in targets.people if reach is None or person in reach}
    return found


def _whole_target(
    asked: Asked, targets: Targets, owners: Iterable[int], actor: Actor, month: int | None = None
) -> Decimal:
    """The target of the part asked for: the department's own where one is set, else its people's together."""
    months = range(asked.months) if month is None else (month,)
    department = None if asked.person is not None else asked.department or _top(actor)
    if department and not _sees_all_of(actor, department):
        department = None
    set_ones = {number: targets.departments.get((department, number)) for number in months} if department else {}
    whole = ZERO
    for number in months:
        own = set_ones.get(number)
        if own is None:
            own = sum((targets.people.get((owner, number), ZERO) for owner in owners), ZERO)
        whole += own
    return whole


def _top(actor: Actor) -> int | None:
    """The department whose target is that of everything the actor sees: the company's top, or their own."""
    if actor.owners("opportunity", "view") is None:
        tops = [key for key, path in organisation().department_paths.items() if path.count("/") == 2]
        return tops[0] if len(tops) == 1 else None
    if len(actor.owners("opportunity", "view") or ()) > len(actor.rights.own_ids):
        return actor.rights.department_id
    return None


def _sees_all_of(actor: Actor, department: int) -> bool:
    """Whether the actor sees what everybody of a department sells, and so may know its target."""
    seen = actor.owners("opportunity", "view")
    return seen is None or organisation().members_below(frozenset({department})) <= seen


def _teams(asked: Asked, actor: Actor, by_owner: dict[int, Money], targets: Targets) -> list[Row]:
    """Departments that have somebody in view, each with all below it."""
    homes = organisation().user_departments
    branches: list[tuple[Branch, Money]] = []
    told: set[frozenset[int]] = set()
    rows = []
    for branch in reversed(in_tree_order(Department.objects.all())):
        below = organisation().departments_below(branch.department.pk)
        whose = frozenset(owner for owner in by_owner if homes.get(owner) in below)
        if whose not in told:
            # A department above says nothing new where all it has in view is one below it.
            told.add(whose)
            rows.append((branch, whose))
    for branch, whose in reversed(rows):
        members = [by_owner[owner] for owner in sorted(whose)]
        own = [targets.departments.get((branch.department.pk, month)) for month in range(asked.months)]
        if not members:
            continue
        cell = Money()
        for member in members:
            cell.add(member)
        if any(amount is not None for amount in own) and _sees_all_of(actor, branch.department.pk):
            cell.target = sum((amount for amount in own if amount is not None), ZERO)
        branches.append((branch, cell))
    if len(branches) < 2:
        return []
    most = max([cell.likely for _branch, cell in branches] + [cell.target for _branch, cell in branches] + [Decimal(1)])
    lowest = min(branch.depth for branch, _cell in branches)
    return [
        _row(
            asked,
            branch.department.label,
            cell,
            people=organisation().members_below(frozenset({branch.department.pk})),
            most=most,
            url=f"?{asked.query(department=branch.department.pk, person=None)}",
            depth=branch.depth - lowest,
            department=branch.department.pk,
        )
        for branch, cell in branches
    ]


def _row(
    asked: Asked,
    label: str,
    cell: Money,
    *,
    most: Decimal,
    url: str,
    first: date | None = None,
    end: date | None = None,
    people: frozenset[int] | None = None,
    depth: int = 0,
    department: int | None = None,
) -> Row:
    first, end = first or asked.first, end or asked.end
    nobody = people == frozenset({0})
    whose = Asked(asked.first, asked.months, department, None, asked.pipeline) if department else asked
    owners = None if department or nobody else people
    extra = [links.empty("owner")] if nobody else []

    def figure(amount: Decimal, *terms: links.Term, columns: tuple[str, ...] = ()) -> Figure:
        if not amount:
            return Figure("—")
        url = links.opportunities(whose, *extra, *terms, people=owners, columns=columns)
        return Figure(html.wan(amount), html.money(amount), url)

    closed = links.within("closed_at", first, end)
    # Months gone by hold nothing that is still open.
    month = today().replace(day=1)
    expected = links.within("expected_close_on", max(first, month) if month < end else first, end)
    in_view = (links.state("open"), links.category("commit", "best", "pipeline"), expected)
    # What is won weighs its whole amount, so that the list's sum of weighted amounts is the forecast.
    won = (links.state("won"), closed)
    likely = (links.either(won, in_view),) if month < end else won
    scale = max(most, cell.target, Decimal(1))
    return Row(
        label=label,
        url=url,
        depth=depth,
        target=Figure(html.wan(cell.target) if cell.target else "—", html.money(cell.target)),
        won=figure(cell.won, *won),
        commit=figure(cell.commit, links.state("open"), links.category("commit"), expected),
        best=figure(cell.best, links.state("open"), links.category("best"), expected),
        pipeline=figure(cell.pipeline, links.state("open"), links.category("pipeline"), expected),
        weighted=figure(cell.weighted, *in_view, columns=links.WEIGHED),
        likely=figure(cell.likely, *likely, columns=links.WEIGHED),
        attainment=cell.attainment,
        share=Share(
            _part(cell.won, scale),
            _part(cell.commit, scale),
            _part(max(cell.weighted - cell.commit, ZERO), scale),
            _part(cell.target, scale) if cell.target else None,
        ),
    )


def _left_out(asked: Asked, cell: Money, term: links.Term) -> Figure | None:
    if not cell.open_count:
        return None
    amount = cell.commit + cell.best + cell.pipeline + cell.omitted
    text = gettext("%(count)s 个，%(amount)s") % {"count": cell.open_count, "amount": html.wan(amount)}
    return Figure(text, html.money(amount), links.opportunities(asked, links.state("open"), term))


def _part(amount: Decimal, whole: Decimal) -> int:
    return int(min(max(Decimal(100) * amount / whole, ZERO), Decimal(100)))


def _title(asked: Asked) -> str:
    first, last = asked.edges[0], asked.edges[-2]
    if asked.months == 3 and first.month in (1, 4, 7, 10):
        number = (first.month + 2) // 3
        if (get_language() or "").startswith("en"):
            return f"Q{number} {first.year}"
        return gettext("%(year)s 年第 %(number)s 季度") % {"year": first.year, "number": number}
    return f"{first:%Y-%m}" if asked.months == 1 else f"{first:%Y-%m} – {last:%Y-%m}"
