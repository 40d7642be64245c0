"""Pipelines and stages in memory: read once, dropped everywhere as soon as an administrator changes one (SAL-1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kezhi.core import epochs
from kezhi.sales.choices import EPOCH
from kezhi.sales.models import Pipeline, Stage


@dataclass(frozen=True, slots=True)
class StageFacts:
    """A stage as operations ask for it; ``order`` counts from 0 within its pipeline."""

    key: str
    pipeline: str
    kind: str
    probability: int
    most_days: int | None
    entry: Mapping[str, Any]
    required: tuple[str, ...]
    order: int
    is_active: bool


def stages_of(pipeline: str) -> tuple[StageFacts, ...]:
    """The stages of a pipeline in order, those switched off included."""
    return tuple(stage for stage in _all().values() if stage.pipeline == pipeline)


def stage_facts(key: str) -> StageFacts:
    """A stage by its key; KeyError for an unknown one."""
    return _all()[key]


def find_stage(key: str) -> StageFacts | None:
    """A stage by its key; None for an unknown one."""
    return _all().get(key)


def default_pipeline() -> str:
    """The key of the pipeline new opportunities start in."""
    return epochs.cached(EPOCH, "default", _load_default)


def first_stage(pipeline: str) -> str:
    """The key of the first open stage of a pipeline."""
    return next(stage.key for stage in stages_of(pipeline) if stage.kind == Stage.Kind.OPEN and stage.is_active)


def namesake(stage: str, pipeline: str) -> str | None:
    """The stage of this pipeline that has the same name as a stage of another one; lists of other houses say no more.

    None where there is none.
    """
    names = epochs.cached(EPOCH, "names", _load_names)
    mine = names.get(stage, frozenset())
    return next((each.key for each in stages_of(pipeline) if each.is_active and names[each.key] & mine), None)


def _load_names() -> dict[str, frozenset[str]]:
    rows = Stage.objects.values_list("key", "name_zh", "name_en")
    return {key: frozenset(name.casefold() for name in names if name) for key, *names in rows}


def _all() -> dict[str, StageFacts]:
    return epochs.cached(EPOCH, "facts", _load)


def _load() -> dict[str, StageFacts]:
    counted: dict[str, int] = {}
    found: dict[str, StageFacts] = {}
    for row in Stage.objects.select_related("pipeline"):
        order = counted[row.pipeline.key] = counted.get(row.pipeline.key, -1) + 1
        found[row.key] = StageFacts(
            row.key,
            row.pipeline.key,
            row.kind,
            row.probability,
            row.most_days,
            row.entry,
            tuple(row.required),
            order,
            row.is_active and row.pipeline.is_active,
        )
    return found


def _load_default() -> str:
    rows = Pipeline.objects.filter(is_active=True).order_by("-is_default", "position", "id")
    return rows.values_list("key", flat=True)[0]
