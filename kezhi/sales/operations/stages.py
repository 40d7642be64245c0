"""Moving opportunities through the stages of their pipelines (SAL-1, SAL-2)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.records.operations.problems import Clash, Conflict, InvalidRecord
from kezhi.records.operations.words import refuse_sensitive_words
from kezhi.records.operations.writing import draft_changes, locked_records, refuse_clash, store_changes
from kezhi.records.registry import type_of
from kezhi.sales.entry_conditions import Missing, missing_to_enter
from kezhi.sales.models import Opportunity
from kezhi.sales.stages import find_stage


class StageBlocked(InvalidRecord):
    """The stage may not be entered yet. ``missing`` names each thing it still needs and the field to put it right in;
    ``problems`` has the same as sentences by field."""

    def __init__(self, stage: str, missing: Sequence[Missing], problems: Mapping[str, str | Promise]) -> None:
        super().__init__(problems)
        self.stage = stage
        self.missing = tuple(missing)


@transaction.atomic
def enter_stage(
    opportunity: Opportunity,
    stage_key: str,
    *,
    actor: Actor,
    values: Mapping[str, Any] | None = None,
    reason: str = "",
    version: int | None = None,
) -> Opportunity:
    """Move an opportunity to a stage; ``values`` are stored in the same act (what the stage still asked for).

    Whoever moves it says where they saw it: ``opportunity`` as it was loaded, or ``version`` as the page showed it.
    One that is there already stays, and only the values are stored.

    Raises:
        NotAllowed: the actor may not change it.
        StageBlocked: an entry condition is unmet or a required field empty; nothing was stored.
        InvalidRecord: a value is refused, or there is no such stage.
        Conflict: somebody else moved it first.
    """
    record_type = type_of(opportunity)
    if (stage := find_stage(stage_key)) is None or not stage.is_active:
        raise InvalidRecord({"stage": _("没有这个阶段")})
    refuse_sensitive_words(actor=actor, reason=reason)
    [stored] = locked_records(record_type, [opportunity.pk], actor)
    if stored.stage_id not in (opportunity.stage_id, stage_key):
        by = stored.changed_by.name if stored.changed_by is not None else ""
        raise Conflict(stored, (Clash("stage", stored.stage_id, stage_key, by),))
    [draft] = draft_changes(record_type, [(stored, {**(values or {}), "stage": stage_key})], actor=actor)
    if version is not None:
        refuse_clash(record_type, draft, version)
    if draft.problems:
        if draft.changed("stage") and (missing := missing_to_enter(stored, stage, actor)):
            raise StageBlocked(stage_key, missing, draft.problems)
        raise InvalidRecord(draft.problems)
    store_changes(record_type, [draft], actor=actor, facts={"reason": reason[:300]} if reason else None)
    return draft.record  # type: ignore[no-any-return]
