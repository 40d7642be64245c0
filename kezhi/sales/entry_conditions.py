"""What a stage asks of an opportunity before it may enter (SAL-1, SAL-2).

One place for form, board, bulk edit, API, import and rules: the values an opportunity is about to have are tested, and
each condition that does not hold becomes a sentence, with the field in which it is put right.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor, system_actor
from kezhi.core.clock import now
from kezhi.core.conditions import (
    EVERYTHING,
    Condition,
    ConditionProblem,
    Group,
    fields_used,
    matches,
    parse,
    plain_text,
    sentence,
    to_json,
)
from kezhi.records.behaviour import Draft
from kezhi.records.registry import RecordType, TypeCatalogue, find_record_type, record_type
from kezhi.sales.models import Opportunity, Stage
from kezhi.sales.stage_agreements import must_be_agreed
from kezhi.sales.stages import StageFacts, stage_facts

# The shipped conditions in the words of a salesperson; any other is told as a sentence of the condition language.
_SAID: Sequence[tuple[Mapping[str, Any], str | Promise]] = (
    ({"field": "quote_count", "op": "ge", "value": 1}, _("还没有报价单")),
    ({"field": "is_confirmed", "op": "yes"}, _("客户还没有确认方案")),
    ({"field": "legal_state", "op": "is", "value": ["passed"]}, _("法务还没有审核通过")),
    ({"field": "is_paid", "op": "yes"}, _("款项还没有全部收到")),
)
_OF_HISTORY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing a stage still needs. ``field`` is where it is put right ("" where there are several), ``text`` says
    what is missing in the reader's language, ``is_agreement`` that somebody has to agree to the move."""

    field: str
    text: str
    condition: Mapping[str, Any] | None = None
    is_agreement: bool = False


def missing_for(opportunity: Opportunity, stage: StageFacts) -> list[Missing]:
    """What the opportunity, with the values it has now, lacks to enter the stage; the entry condition first."""
    known = record_type("opportunity")
    found = [_missing(part) for part in _unmet(opportunity, stage, known)]
    named = {each.field for each in found}
    for key in stage.required:
        field = known.field(key)
        if field is not None and key not in named and field.is_empty(field.get(opportunity)):
            found.append(Missing(key, gettext("还没有填写%(field)s") % {"field": field.label}))
    return found


def missing_to_enter(opportunity: Opportunity, stage: StageFacts, actor: Actor) -> list[Missing]:
    """:func:`missing_for`, and the agreement this actor's move would need (AUTO-1)."""
    found = missing_for(opportunity, stage)
    if must_be_agreed(opportunity, stage, actor):
        found.append(Missing("", gettext("移到这个阶段要先审批"), is_agreement=True))
    return found


def check_entry(known: RecordType, drafts: Iterable[Draft]) -> None:
    """Add to drafts that enter a stage what it still needs: one sentence at the stage, one at each field."""
    for draft in drafts:
        opportunity: Opportunity = draft.record
        stage = stage_facts(opportunity.stage_id)
        if not draft.is_new and not draft.changed("stage"):
            _keep_required(known, draft, stage)
            continue
        if is_history(draft):
            draft.facts["history"] = True
            continue
        if _goes_back(draft, stage):
            continue
        missing = missing_to_enter(opportunity, stage, draft.actor)
        if not missing:
            continue
        draft.problems.setdefault("stage", blocked_sentence(stage, missing))
        for each in missing:
            if each.field and each.field in known.all_fields():
                draft.problems.setdefault(each.field, each.text)


def blocked_sentence(stage: StageFacts, missing: Iterable[Missing]) -> str:
    """Why it may not enter, in one sentence."""
    what = gettext("；").join(each.text for each in missing)
    return gettext("还不能进入“%(stage)s”：%(what)s") % {"stage": stage_label(stage.key), "what": what}


def stage_label(key: str) -> str:
    """A stage's name in the reader's language."""
    field = record_type("opportunity").field("stage")
    return field.text(key) if field is not None else key


def is_history(draft: Draft) -> bool:
    """Whether the row of an import tells of what happened elsewhere and long ago.

    It was begun or ended before yesterday, and whoever imports may import opportunities. Its stage was reached under
    rules of another house (docs/decisions/history-enters-any-stage.md).
    """
    opportunity: Opportunity = draft.record
    if (
        not draft.is_new
        or draft.actor.ref.door not in ("import", "api")
        or not draft.actor.allows("opportunity", "import")
    ):
        return False
    moments = [moment for moment in (opportunity.closed_at, opportunity.created_at) if moment is not None]
    return bool(moments) and min(moments) < now() - _OF_HISTORY


def _goes_back(draft: Draft, stage: StageFacts) -> bool:
    """Back to an earlier open stage from an open one: conditions guard the way forward."""
    before = draft.before.get("stage")
    if not before or stage.kind != Stage.Kind.OPEN:
        return False
    left = stage_facts(str(before))
    return left.pipeline == stage.pipeline and left.kind == Stage.Kind.OPEN and stage.order < left.order


def _keep_required(known: RecordType, draft: Draft, stage: StageFacts) -> None:
    """A field the present stage needs is not emptied afterwards."""
    for key in stage.required:
        field = known.field(key)
        if field is not None and draft.changed(key) and field.is_empty(field.get(draft.record)):
            text = _("“%(stage)s”阶段的商机必须填写") % {"stage": stage_label(stage.key)}
            draft.problems.setdefault(key, text)


def _unmet(opportunity: Opportunity, stage: StageFacts, known: RecordType) -> list[Condition]:
    if not stage.entry:
        return []
    reader = _reader()
    catalogue = TypeCatalogue(known, reader)
    try:
        condition = parse(dict(stage.entry), catalogue)
        if condition == EVERYTHING:
            return []
        values = {key: _value(opportunity, known, key) for key in fields_used(condition)}
        context = reader.condition_context()
        is_list = isinstance(condition, Group) and condition.mode == "all"
        parts = condition.parts if is_list and isinstance(condition, Group) else (condition,)
        return [part for part in parts if not matches(part, values, catalogue, context)]
    except ConditionProblem:
        # A field the condition asks for is gone: nobody can meet it, and the settings page says so.
        return []


def _value(opportunity: Opportunity, known: RecordType, key: str) -> Any:
    """The value a condition asks for; ``customer.level`` is read from the customer."""
    own, _dot, rest = key.partition(".")
    field = known.field(own)
    if field is None:
        return None
    if not rest:
        return field.get(opportunity)
    target = find_record_type(getattr(field, "to", ""))
    record = getattr(opportunity, own, None)
    other = target.field(rest) if target is not None else None
    return other.get(record) if record is not None and other is not None else None


def _missing(part: Condition) -> Missing:
    catalogue = TypeCatalogue(record_type("opportunity"), _reader())
    fields = list(dict.fromkeys(fields_used(part)))
    said = next((words for raw, words in _SAID if parse(dict(raw), catalogue) == part), None)
    if said is None:
        said = gettext("需要%(condition)s") % {"condition": plain_text(sentence(part, catalogue))}
    field = fields[0] if len(fields) == 1 and "." not in fields[0] else ""
    return Missing(field, str(said), to_json(part))


def _reader() -> Actor:
    """Who tests entry conditions: they hold whatever the person who moves a card may see."""
    return system_actor("kezhi", door="job")
