"""What the analysis shows: win rate, time to close, reasons, competitors, products, sources, stages (SAL-8)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext

from kezhi.access.actors import Actor
from kezhi.access.directory import person_name
from kezhi.records.linking import titles_loaded
from kezhi.records.lists import list_choices
from kezhi.records.registry import record_type
from kezhi.sales.choices import pipelines, stages
from kezhi.sales.forecast import links
from kezhi.sales.forecast.asked import Asked, countable, readable
from kezhi.sales.forecast.counting import ENTERED, LEFT, ONWARD, Outcome, Passage, count_outcomes, count_passages
from kezhi.sales.forecast.page import Figure
from kezhi.sales.models import Opportunity, Stage
from kezhi.sales.stages import default_pipeline, stages_of
from kezhi.ui import html

_MOST = 50
_NOTHING = Figure("—")


@dataclass(frozen=True, slots=True)
class OutcomeRow:
    """One group: how much was won and lost, how often, how fast; ``bar`` is its share of the largest, in percent."""

    label: str
    won: Figure
    lost: Figure
    rate: Figure
    won_amount: Figure
    lost_amount: Figure
    days: Figure
    bar: int


@dataclass(frozen=True, slots=True)
class OutcomeTable:
    """Groups of one kind; ``by_lost`` puts what was lost first (reasons, competitors)."""

    key: str
    label: str
    rows: list[OutcomeRow]
    by_lost: bool = False


@dataclass(frozen=True, slots=True)
class StageRow:
    """How one stage was passed."""

    label: str
    now: Figure
    entered: Figure
    left: Figure
    onward: Figure
    rate: Figure
    days: Figure
    most_days: int | None
    is_slow: bool


@dataclass(frozen=True, slots=True)
class AnalysisPage:
    """The page."""

    asked: Asked
    total: OutcomeRow
    tables: list[OutcomeTable]
    stages: list[StageRow]
    pipeline: str


def analysis_page(asked: Asked, actor: Actor) -> AnalysisPage:
    """Gather the page; groups by fields the actor does not read are left out."""
    total = count_outcomes(asked, actor, "")[0]
    kinds: list[tuple[str, str, str, bool, Callable[[Any], str]]] = [
        ("month", "month", gettext("按月"), False, str),
        ("owner_id", "owner", gettext("按人"), False, lambda key: person_name(key) if key else gettext("没有负责人")),
        ("product_id", "product", gettext("按产品"), False, str),
        ("source", "source", gettext("按来源渠道"), False, list_choices("source").label),
        ("lost_reason", "lost_reason", gettext("输单原因"), True, list_choices("lost_reason").label),
        ("competitor", "competitor", gettext("遇到的竞争对手"), True, str),
    ]
    tables = []
    for column, name, label, by_lost, words in kinds:
        if name != "month" and not readable(name, actor):
            continue
        found = count_outcomes(asked, actor, column)
        if name == "month":
            found = sorted(found, key=lambda one: int(one.key))
        elif by_lost:
            found = sorted((one for one in found if one.lost), key=lambda one: (-one.lost, str(one.key)))
        found = found[:_MOST]
        if name == "product":
            words = _product_names([one.key for one in found if one.key], actor)
        if by_lost and not any(one.key for one in found):
            continue
        tables.append(OutcomeTable(name, label, _rows(asked, found, name, words, by_lost), by_lost))
    pipeline = asked.pipeline or default_pipeline()
    return AnalysisPage(
        asked,
        _row(asked, total, gettext("合计"), (), total.won or 1, by_lost=False),
        tables,
        _stages(asked, actor, pipeline),
        pipelines().label(pipeline),
    )


def _rows(
    asked: Asked, found: list[Outcome], name: str, words: Callable[[Any], str], by_lost: bool
) -> list[OutcomeRow]:
    most = max([one.lost if by_lost else one.won for one in found] + [1])
    rows = []
    for one in found:
        span = asked
        terms: tuple[links.Term, ...] = ()
        if name == "month":
            span = Asked(asked.edges[int(one.key)], 1, asked.department, asked.person, asked.pipeline)
            label = f"{span.first:%Y-%m}"
        else:
            label = words(one.key) if one.key or name == "owner" else gettext("未填")
            terms = (links.is_value(name, one.key),)
        rows.append(_row(span, one, label, terms, most, by_lost=by_lost))
    return rows


def _row(
    asked: Asked, one: Outcome, label: str, terms: tuple[links.Term, ...], most: int, *, by_lost: bool
) -> OutcomeRow:
    closed = links.within("closed_at", asked.first, asked.end)
    won_url = links.opportunities(asked, links.state("won"), closed, *terms)
    lost_url = links.opportunities(asked, links.state("lost"), closed, *terms)
    closed_url = links.opportunities(asked, links.state("won", "lost"), closed, *terms)
    timed_url = links.opportunities(asked, links.state("won"), closed, *terms, columns=links.TIMED)
    return OutcomeRow(
        label,
        Figure(f"{one.won:,}", url=won_url if one.won else ""),
        Figure(f"{one.lost:,}", url=lost_url if one.lost else ""),
        _NOTHING if one.rate is None else Figure(f"{one.rate}%", url=closed_url),
        Figure(html.wan(one.won_amount), html.money(one.won_amount), won_url if one.won else ""),
        Figure(html.wan(one.lost_amount), html.money(one.lost_amount), lost_url if one.lost else ""),
        _NOTHING if one.days is None else Figure(f"{one.days}", url=timed_url),
        round(100 * (one.lost if by_lost else one.won) / most),
    )


def _stages(asked: Asked, actor: Actor, pipeline: str) -> list[StageRow]:
    """The stages of one pipeline: who stands there now, who came in the span, who went on, how long they stayed."""
    if not readable("stage", actor):
        return []
    known = [stage for stage in stages_of(pipeline) if stage.is_active]
    passed = count_passages(asked, actor, [stage.key for stage in known if stage.kind == Stage.Kind.LOST])
    names = stages()
    standing = countable(asked, actor).filter(state=Opportunity.State.OPEN, pipeline_id=pipeline)
    now_there = _counts(standing)
    rows = []
    for stage in known:
        if stage.kind != Stage.Kind.OPEN:
            continue
        passage = passed.get(stage.key) or Passage(stage.key, 0, 0, 0, None)
        days = passage.days
        count = now_there.get(stage.key, 0)
        url = links.opportunities(asked, links.state("open"), links.is_value("stage", stage.key)) if count else ""
        rows.append(
            StageRow(
                names.label(stage.key),
                Figure(f"{count:,}", url=url),
                _passed(asked, passage.entered, stage.key, ENTERED),
                _passed(asked, passage.left, stage.key, LEFT),
                _passed(asked, passage.onward, stage.key, ONWARD),
                _NOTHING
                if passage.rate is None
                else Figure(f"{passage.rate}%", url=links.stays(asked, stage.key, LEFT)),
                _NOTHING if days is None else Figure(f"{days}", url=links.stays(asked, stage.key, LEFT)),
                stage.most_days,
                bool(days is not None and stage.most_days and days > stage.most_days),
            )
        )
    return rows


def _passed(asked: Asked, count: int, stage: str, passed: str) -> Figure:
    return Figure(f"{count:,}", url=links.stays(asked, stage, passed) if count else "")


def _counts(rows: Any) -> dict[str, int]:
    return dict(rows.order_by().values_list("stage_id").annotate(number=Count("id")))


def _product_names(ids: list[int], actor: Actor) -> Callable[[Any], str]:
    product = record_type("opportunity").field("product")
    assert product is not None
    reader = product.read_by(actor)
    with titles_loaded({"product": ids}, actor):
        names = {key: reader.text(key) for key in ids}
    return lambda key: names.get(key, "") or gettext("未填")
