"""Fixed choices of sales: states that the system itself moves, and stages, which are rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from django.db.models import TextChoices

from kezhi.core import epochs
from kezhi.records.lists import Choices, Item, Option, fixed_choices
from kezhi.sales.currencies import CURRENCIES
from kezhi.sales.defaults.stage_words import STAGE_WORDS
from kezhi.sales.models import (
    Contract,
    CurrencyRate,
    Instalment,
    Lead,
    Opportunity,
    Order,
    Payment,
    Pipeline,
    Product,
    Quote,
    Stage,
)

EPOCH = "stages"

_TONES = {
    "new": "warning",
    "qualified": "done",
    "disqualified": "danger",
    "won": "done",
    "lost": "danger",
    "waiting": "warning",
    "review": "warning",
    "approved": "done",
    "accepted": "done",
    "declined": "danger",
    "expired": "danger",
    "refused": "danger",
    "passed": "done",
    "signed": "done",
    "finished": "done",
    "ended": "danger",
    "partly": "warning",
    "paid": "done",
    "confirmed": "done",
    "reversed": "danger",
    "delivered": "done",
    "cancelled": "danger",
    "commit": "done",
}


@lru_cache
def _fixed(states: type[TextChoices]) -> Choices:
    return fixed_choices(states, tones=_TONES)


def lead_states() -> Choices:
    """Where a lead stands (LEAD-5)."""
    return _fixed(Lead.State)


def opportunity_states() -> Choices:
    """Open, won or lost; follows the stage."""
    return _fixed(Opportunity.State)


def forecasts() -> Choices:
    """What the owner commits to (SAL-8)."""
    return _fixed(Opportunity.Forecast)


def legal_states() -> Choices:
    """Where the legal review stands (SAL-5)."""
    return _fixed(Opportunity.Legal)


def product_kinds() -> Choices:
    """Product, service or bundle (SAL-4)."""
    return _fixed(Product.Kind)


def quote_states() -> Choices:
    """Draft to accepted (SAL-4)."""
    return _fixed(Quote.State)


def quote_languages() -> Choices:
    """The languages a quote is written in (SAL-4)."""
    return _fixed(Quote.Language)


def currencies() -> Choices:
    """Yuan and the currencies the administrator keeps a rate for (SAL-4)."""
    return epochs.cached("currencies", "all", _load_currencies)


def contract_states() -> Choices:
    """Draft to signed and ended (SAL-5)."""
    return _fixed(Contract.State)


def instalment_states() -> Choices:
    """Planned to paid (SAL-6)."""
    return _fixed(Instalment.State)


def payment_states() -> Choices:
    """Waiting for finance, confirmed, refused, reversed (SAL-6)."""
    return _fixed(Payment.State)


def order_states() -> Choices:
    """Placed to delivered (SAL-9)."""
    return _fixed(Order.State)


def pipelines() -> Choices:
    """The pipelines as the administrator has them."""
    return epochs.cached(EPOCH, "pipelines", _load_pipelines)


class StageChoices(Choices):
    """Stages of several pipelines: two may be called the same, so whoever chooses reads the pipeline, too."""

    def __init__(self, items: Iterable[Item], pipeline_of: Mapping[str, str]) -> None:
        super().__init__(items)
        self._pipeline_of = pipeline_of

    def options(self) -> Sequence[Option]:
        known = pipelines()
        if len({self._pipeline_of[key] for key, item in self.items.items() if item.is_active}) < 2:
            return super().options()
        return [
            replace(row, label=f"{known.label(self._pipeline_of[row.value])} · {row.label}")
            for row in super().options()
        ]


def stages() -> Choices:
    """The stages of all pipelines in order."""
    return epochs.cached(EPOCH, "stages", _load_stages)


def _load_pipelines() -> Choices:
    return Choices(Item(row.key, row.name_zh, row.name_en, "", row.is_active) for row in Pipeline.objects.all())


def _load_stages() -> Choices:
    rows = list(Stage.objects.select_related("pipeline"))
    items = (
        Item(
            row.key,
            row.name_zh,
            row.name_en,
            {"won": "done", "lost": "danger"}.get(row.kind, ""),
            row.is_active and row.pipeline.is_active,
            STAGE_WORDS.get(row.key, ()),
        )
        for row in rows
    )
    return StageChoices(items, {row.key: row.pipeline.key for row in rows})


def _load_currencies() -> Choices:
    kept = CurrencyRate.objects.order_by("currency").values_list("currency", flat=True).distinct()
    names = {code: (zh, en) for code, zh, en in CURRENCIES}
    return Choices(Item(code, *names.get(code, (code, code))) for code in ("CNY", *kept))
