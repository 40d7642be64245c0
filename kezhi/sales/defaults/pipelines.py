"""The two pipelines Kezhi ships with (SAL-1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kezhi.core import epochs
from kezhi.records.defaults import register_installer
from kezhi.sales.choices import EPOCH
from kezhi.sales.models import Pipeline, Stage


@dataclass(frozen=True, slots=True)
class ShippedStage:
    """A stage as shipped; ``key`` is completed with the pipeline's."""

    key: str
    zh: str
    en: str
    probability: int
    most_days: int | None = None
    kind: str = "open"
    entry: Mapping[str, Any] = field(default_factory=dict)
    required: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class ShippedPipeline:
    """A pipeline as shipped."""

    key: str
    zh: str
    en: str
    stages: Sequence[ShippedStage]


_HAS_QUOTE = {"all": [{"field": "quote_count", "op": "ge", "value": 1}]}
_IS_CONFIRMED = {"all": [{"field": "is_confirmed", "op": "yes"}]}
_PASSED = {"field": "legal_state", "op": "is", "value": ["passed"]}
_IS_PASSED = {"all": [_PASSED]}
_IS_PAID = {"all": [_PASSED, {"field": "is_paid", "op": "yes"}]}
_WHY = ("lost_reason",)

PIPELINES = (
    ShippedPipeline(
        "project",
        "项目销售",
        "Project sales",
        (
            ShippedStage("contact", "初步接触", "First contact", 10, 14),
            ShippedStage("needs", "需求分析", "Needs analysis", 30, 21),
            ShippedStage("quote", "方案报价", "Proposal and quote", 50, 30, entry=_HAS_QUOTE, required=("customer",)),
            ShippedStage("contract", "合同签订", "Contract", 80, 30, entry=_IS_CONFIRMED),
            ShippedStage("paid", "回款完成", "Paid in full", 100, kind="won", entry=_IS_PAID),
            ShippedStage("lost", "输单", "Lost", 0, kind="lost", required=_WHY),
        ),
    ),
    ShippedPipeline(
        "nurture",
        "客户培育",
        "Customer nurturing",
        (
            ShippedStage("potential", "潜在客户", "Potential", 10, 30),
            ShippedStage("interested", "意向客户", "Interested", 30, 30),
            ShippedStage("quote", "方案报价", "Proposal and quote", 50, 30, entry=_HAS_QUOTE, required=("customer",)),
            ShippedStage("negotiation", "谈判中", "Negotiation", 70, 30, entry=_IS_CONFIRMED),
            ShippedStage("won", "成交客户", "Customer won", 100, kind="won", entry=_IS_PASSED),
            ShippedStage("lost", "输单", "Lost", 0, kind="lost", required=_WHY),
        ),
    ),
)


def install_pipelines() -> None:
    """Bring in the shipped pipelines where there is none of that key; what an administrator changed stays."""
    for position, shipped in enumerate(PIPELINES):
        pipeline, is_new = Pipeline.objects.get_or_create(
            key=shipped.key,
            defaults={
                "name_zh": shipped.zh,
                "name_en": shipped.en,
                "position": position,
                "is_default": position == 0 and not Pipeline.objects.filter(is_default=True).exists(),
            },
        )
        if is_new:
            Stage.objects.bulk_create(
                Stage(
                    pipeline=pipeline,
                    key=f"{shipped.key}.{stage.key}",
                    name_zh=stage.zh,
                    name_en=stage.en,
                    position=place,
                    kind=stage.kind,
                    probability=stage.probability,
                    most_days=stage.most_days,
                    entry=dict(stage.entry),
                    required=list(stage.required),
                )
                for place, stage in enumerate(shipped.stages)
            )
    epochs.bump(EPOCH)


register_installer(install_pipelines)
