"""Pipelines and their stages as an administrator changes them (SAL-1)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import require_area
from kezhi.automation.definition import rule_reader
from kezhi.core import epochs
from kezhi.core.conditions import ConditionProblem, parse, to_json
from kezhi.core.events import EventDraft, Json, record_event
from kezhi.records.operations import InvalidRecord
from kezhi.records.registry import TypeCatalogue, record_type
from kezhi.sales.choices import EPOCH
from kezhi.sales.facts_pipelines import refresh_stage
from kezhi.sales.kinds_pipelines import PIPELINE_CHANGED
from kezhi.sales.models import Opportunity, Pipeline, Stage, StageStay
from kezhi.sales.operations.stage_emptying import move_everything

AREA, ACTION = "settings", "pipelines"
_MOST_STAGES = 30
_UNASKED = {"stage", "pipeline", "number", "created_at", "changed_at"}
_FIRST = (  # zh-data: names of the first stages, kept as rows
    ("open", "初步接触", "First contact", Stage.Kind.OPEN, 10, 14, ()),
    ("won", "赢单", "Won", Stage.Kind.WON, 100, None, ()),
    ("lost", "输单", "Lost", Stage.Kind.LOST, 0, None, ("lost_reason",)),
)


@dataclass(frozen=True, slots=True)
class PipelinePlan:
    """What a pipeline is to be."""

    name_zh: str
    name_en: str = ""
    is_default: bool = False
    is_active: bool = True


@dataclass(frozen=True, slots=True)
class StagePlan:
    """What a stage is to be; numbers as typed. ``entry`` is a condition as JSON."""

    name_zh: str
    name_en: str = ""
    kind: str = "open"
    probability: str = "0"
    most_days: str = ""
    entry: object = None
    required: Sequence[str] = ()


@transaction.atomic
def save_pipeline(pipeline: Pipeline | None, plan: PipelinePlan, *, actor: Actor) -> Pipeline:
    """Make a pipeline (with a first, a won and a lost stage) or change one.

    Raises:
        NotAllowed: the actor does not look after pipelines.
        InvalidRecord: no name, or it is the default one or has open opportunities and is to be switched off.
    """
    require_area(actor, AREA, ACTION)
    problems = _name_problems(plan.name_zh)
    before: dict[str, Json] = {}
    if pipeline is not None:
        pipeline = Pipeline.objects.select_for_update().get(pk=pipeline.pk)
        before = _of_pipeline(pipeline)
        if pipeline.is_active and not plan.is_active and (why := _held(pipeline)):
            problems["is_active"] = why
        if pipeline.is_default and not (plan.is_default and plan.is_active):
            problems["is_default"] = _("总要有一个默认流程；请把另一个设为默认")
    if plan.is_default and not plan.is_active:
        problems["is_active"] = _("默认流程不能停用")
    if problems:
        raise InvalidRecord(problems)
    is_new = pipeline is None
    if pipeline is None:
        place = (Pipeline.objects.aggregate(last=Max("position"))["last"] or 0) + 1
        pipeline = Pipeline(key=_new_key(plan.name_en or plan.name_zh, Pipeline, "pipeline"), position=place)
    if plan.is_default:
        Pipeline.objects.exclude(pk=pipeline.pk).filter(is_default=True).update(is_default=False)
    pipeline.name_zh, pipeline.name_en = plan.name_zh.strip()[:60], plan.name_en.strip()[:60]
    pipeline.is_default, pipeline.is_active = plan.is_default, plan.is_active
    pipeline.save()
    if is_new:
        Stage.objects.bulk_create(
            Stage(
                pipeline=pipeline,
                key=f"{pipeline.key}.{key}",
                name_zh=zh,
                name_en=en,
                position=place,
                kind=kind,
                probability=probability,
                most_days=days,
                required=list(required),
            )
            for place, (key, zh, en, kind, probability, days, required) in enumerate(_FIRST)
        )
    _told(pipeline, before, _of_pipeline(pipeline), actor)
    return pipeline


@transaction.atomic
def save_stage(pipeline: Pipeline, stage: Stage | None, plan: StagePlan, *, actor: Actor) -> Stage:
    """Make a stage (before the first that ends the sale) or change one; its opportunities follow at once.

    Raises:
        NotAllowed: the actor does not look after pipelines.
        InvalidRecord: with a sentence per field.
    """
    require_area(actor, AREA, ACTION)
    pipeline = Pipeline.objects.select_for_update().get(pk=pipeline.pk)
    stage = pipeline.stages.get(pk=stage.pk) if stage is not None else None
    values, problems = _read(plan)
    if stage is not None and stage.kind != values["kind"]:
        if Opportunity.objects.ungated("settings").filter(stage_id=stage.key).exists():
            problems["kind"] = _("已有商机的阶段不能改性质，请新建一个阶段")
        elif stage.is_active and (why := _missing_without(pipeline, stage)):
            problems["kind"] = why
    if stage is None and pipeline.stages.count() >= _MOST_STAGES:
        problems[""] = _("一个流程最多 30 个阶段")
    if problems:
        raise InvalidRecord(problems)
    before = _of_stage(stage) if stage is not None else {}
    if stage is None:
        stage = Stage(pipeline=pipeline, key=_new_key(plan.name_en or plan.name_zh, Stage, f"{pipeline.key}.stage"))
        stage.position = _place_for(pipeline, str(values["kind"]))
    for name, value in values.items():
        setattr(stage, name, value)
    stage.save()
    after = _of_stage(stage)
    _told(pipeline, {stage.key: before or None}, {stage.key: after}, actor)
    if before and (before["probability"], before["most_days"]) != (after["probability"], after["most_days"]):
        refresh_stage(stage.key)
    return stage


@transaction.atomic
def order_stages(pipeline: Pipeline, ids: Sequence[int], *, actor: Actor) -> None:
    """Put the stages into this order; those not named come last, and what ends the sale stays behind what is open.

    Raises:
        NotAllowed: the actor does not look after pipelines.
    """
    require_area(actor, AREA, ACTION)
    pipeline = Pipeline.objects.select_for_update().get(pk=pipeline.pk)
    stages = list(pipeline.stages.all())
    wanted = {pk: place for place, pk in enumerate(ids)}
    before = [stage.key for stage in stages]
    stages.sort(key=lambda stage: (stage.kind != Stage.Kind.OPEN, wanted.get(stage.pk, len(wanted)), stage.position))
    for place, stage in enumerate(stages):
        stage.position = place
    Stage.objects.bulk_update(stages, ["position"])
    after = [stage.key for stage in stages]
    if before != after:
        _told(pipeline, {"order": [*before]}, {"order": [*after]}, actor)


@transaction.atomic
def remove_stage(pipeline: Pipeline, stage: Stage, target: Stage | None, *, actor: Actor) -> int:
    """Take a stage out; its opportunities go to ``target``, each with its event. Gives how many went.

    A stage something ever stood in is switched off and not deleted: durations and histories point to it.

    Raises:
        NotAllowed: the actor does not look after pipelines.
        InvalidRecord: the pipeline needs it, or it has opportunities and no fitting target was named.
    """
    require_area(actor, AREA, ACTION)
    pipeline = Pipeline.objects.select_for_update().get(pk=pipeline.pk)
    stage = pipeline.stages.get(pk=stage.pk)
    if stage.is_active and (why := _missing_without(pipeline, stage)):
        raise InvalidRecord({"": why})
    before, key = _of_stage(stage), stage.key
    rows = Opportunity.objects.ungated("settings").filter(stage_id=stage.key)
    moved = 0
    if rows.exists():
        fits = target is not None and target.pk != stage.pk and target.is_active
        if target is None or not fits or (target.pipeline_id, target.kind) != (pipeline.pk, stage.kind):
            raise InvalidRecord({"target": _("这个阶段里还有商机，请选择移到哪个同类的阶段")})
        moved = move_everything(stage.key, target.key, actor=actor)
    after: Json = None
    if StageStay.objects.filter(stage_id=stage.key).exists():
        stage.is_active = False
        stage.save(update_fields=["is_active"])
        after = _of_stage(stage)
    else:
        stage.delete()
    _told(pipeline, {key: before}, {key: after}, actor)
    return moved


@transaction.atomic
def restore_stage(pipeline: Pipeline, stage: Stage, *, actor: Actor) -> None:
    """Switch a stage on again.

    Raises:
        NotAllowed: the actor does not look after pipelines.
    """
    require_area(actor, AREA, ACTION)
    stage = pipeline.stages.select_for_update().get(pk=stage.pk)
    before = _of_stage(stage)
    stage.is_active = True
    stage.save(update_fields=["is_active"])
    _told(pipeline, {stage.key: before}, {stage.key: _of_stage(stage)}, actor)


def requirable_fields() -> list[tuple[str, str]]:
    """The fields of an opportunity that a stage may ask for: those people fill in."""
    known = record_type("opportunity")
    return [
        (key, str(each.label))
        for key, each in known.all_fields().items()
        if not each.read_only and key not in _UNASKED and each.kind != "yes_no"
    ]


def _read(plan: StagePlan) -> tuple[dict[str, Any], dict[str, str | Promise]]:
    problems = _name_problems(plan.name_zh)
    probability = int(plan.probability) if plan.probability.strip().isdecimal() else 101
    if plan.kind not in Stage.Kind.values:
        problems["kind"] = _("请选择性质")
    if probability > 100:
        problems["probability"] = _("请填写 0 到 100 的整数")
    days = plan.most_days.strip()
    if days and not (days.isdecimal() and 1 <= int(days) <= 3650):
        problems["most_days"] = _("请填写 1 到 3650 的整数，或留空")
    fixed = {"won": 100, "lost": 0}.get(plan.kind)
    known = dict(requirable_fields())
    entry: dict[str, object] = {}
    try:
        condition = parse(plan.entry, TypeCatalogue(record_type("opportunity"), rule_reader()))
        entry = to_json(condition) if plan.entry not in (None, "", {}) else {}
        entry = {} if entry == {"all": []} else entry
    except ConditionProblem as problem:
        problems["entry"] = problem.message
    values: dict[str, Any] = {
        "name_zh": plan.name_zh.strip()[:60],
        "name_en": plan.name_en.strip()[:60],
        "kind": plan.kind,
        "probability": fixed if fixed is not None else probability,
        "most_days": int(days) if days.isdecimal() and plan.kind == "open" else None,
        "entry": entry,
        "required": [key for key in plan.required if key in known],
    }
    return values, problems


def _name_problems(name: str) -> dict[str, str | Promise]:
    return {} if name.strip() else {"name_zh": _("请填写中文名称")}


def _held(pipeline: Pipeline) -> str | Promise | None:
    rows = Opportunity.objects.ungated("settings").filter(
        pipeline_id=pipeline.key, state=Opportunity.State.OPEN, deleted_at__isnull=True
    )
    if rows.exists():
        return _("这个流程里还有进行中的商机，请先结束或移走")
    return None


def _missing_without(pipeline: Pipeline, stage: Stage) -> str | Promise | None:
    """Why the pipeline cannot do without this stage."""
    if pipeline.stages.filter(kind=stage.kind, is_active=True).exclude(pk=stage.pk).exists():
        return None
    reasons: Mapping[str, str | Promise] = {
        Stage.Kind.OPEN: _("流程至少要有一个进行中的阶段"),
        Stage.Kind.WON: _("流程至少要有一个赢单阶段"),
        Stage.Kind.LOST: _("流程至少要有一个输单阶段"),
    }
    return reasons[stage.kind]


def _place_for(pipeline: Pipeline, kind: str) -> int:
    """The position behind its like; those after it move on."""
    stages = list(pipeline.stages.all())
    order = [Stage.Kind.OPEN, Stage.Kind.WON, Stage.Kind.LOST]
    place = sum(1 for stage in stages if order.index(Stage.Kind(stage.kind)) <= order.index(Stage.Kind(kind)))
    later = [stage for stage in stages if order.index(Stage.Kind(stage.kind)) > order.index(Stage.Kind(kind))]
    for number, stage in enumerate(later):
        stage.position = place + 1 + number
    Stage.objects.bulk_update(later, ["position"])
    return place


def _new_key(name: str, model: type[Pipeline] | type[Stage], prefix: str) -> str:
    words = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")[:20]
    base = words if model is Pipeline and words else (f"{prefix.rpartition('.')[0]}.{words}" if words else "")
    if base and base != "new" and not base.endswith(".") and not model.objects.filter(key=base).exists():
        return base
    number = model.objects.count() + 1
    while model.objects.filter(key=f"{prefix}{number}").exists():
        number += 1
    return f"{prefix}{number}"


def _of_pipeline(pipeline: Pipeline) -> dict[str, Json]:
    return {name: getattr(pipeline, name) for name in ("key", "name_zh", "name_en", "is_default", "is_active")}


def _of_stage(stage: Stage) -> dict[str, Json]:
    names = ("key", "name_zh", "name_en", "kind", "probability", "most_days", "entry", "required", "is_active")
    return {name: getattr(stage, name) for name in names}


def _told(pipeline: Pipeline, before: Mapping[str, Json], after: Mapping[str, Json], actor: Actor) -> None:
    changes = {key: (before.get(key), after.get(key)) for key in after if before.get(key) != after.get(key)}
    if not changes:
        return
    record_event(
        EventDraft(
            kind=PIPELINE_CHANGED.key,
            record_type="pipeline",
            record_id=pipeline.pk,
            actor=actor.ref,
            changes=changes,
            facts={"name": pipeline.name_zh},
        )
    )
    epochs.bump(EPOCH)
