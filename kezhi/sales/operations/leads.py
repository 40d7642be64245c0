"""What is done with a lead: contacted, given on, sorted out, put away and woken again (LEAD-3 … LEAD-5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import require
from kezhi.core.clock import now, today
from kezhi.core.events import EventDraft, EventKind, Json, record_event, record_events
from kezhi.core.values.problem import ValueProblem
from kezhi.records.behaviour import Draft
from kezhi.records.fields import LongTextField, ParseContext
from kezhi.records.lists import list_choices
from kezhi.records.models import IdempotentRequest
from kezhi.records.operations import InvalidRecord
from kezhi.records.operations.words import refuse_sensitive_words
from kezhi.records.operations.writing import draft_changes, store_changes
from kezhi.records.registry import record_type
from kezhi.sales.events_leads import CONTACTED, DISQUALIFIED, RECYCLED, WOKEN
from kezhi.sales.models import Lead
from kezhi.work.operations.tasks import About, plan_task
from kezhi.work.task_origins import register_task_origin

NEXT_STEP = register_task_origin("lead", _("线索约定的下一步"))
OPEN_STATES = (Lead.State.NEW, Lead.State.WORKING, Lead.State.RECYCLED)
_TEXT = LongTextField(key="summary", label=_("说了什么"), max_length=4000)

Problems = dict[str, str | Promise]


@dataclass(frozen=True, slots=True)
class Contacted:
    """What was said, and what is to be done next; ``next_action`` is empty where nothing is."""

    method: str
    summary: str
    next_action: str = ""
    next_person: int | None = None
    next_due_at: datetime | None = None


def contact_lead(lead: Lead, said: Contacted, *, actor: Actor, client_key: str = "") -> Lead:
    """Record that somebody got in touch: the lead is worked on from now on, the next step becomes a task.

    The same ``client_key`` of the same person records it once.

    Raises:
        NotAllowed: the actor may not change this lead.
        InvalidRecord: with a sentence per field; also where the lead is finished.
    """
    try:
        with transaction.atomic():
            stored = locked_lead(lead.pk, actor)
            _require_open(stored)
            words = _checked(said, actor)
            if client_key and actor.user_id is not None:
                # Taken first: of two posts at once the second waits here and then finds the first's.
                IdempotentRequest.objects.create(
                    user_id=actor.user_id,
                    key=f"contact:{client_key}"[:80],
                    request_digest="",
                    record_type="lead",
                    record_id=stored.pk,
                    created_at=now(),
                )
            _contact(stored, said, words, actor)
            return stored
    except IntegrityError:
        key = f"contact:{client_key}"[:80]
        rows = IdempotentRequest.objects.filter(user_id=actor.user_id or 0, key=key)
        if client_key and rows.exists():
            return lead
        raise


@transaction.atomic
def assign_lead(lead: Lead, owner_id: int, *, reason: str, actor: Actor) -> Lead:
    """Give a lead to somebody by hand; the reason stands on the lead and in the log.

    Raises:
        NotAllowed: the actor may not give it away.
        InvalidRecord: no reason, or nobody they may give it to.
    """
    stored = locked_lead(lead.pk, actor, action="assign")
    reason = reason.strip()[:200]
    if not reason:
        raise InvalidRecord({"reason": _("请写明为什么换人，新的负责人会看到")})
    refuse_sensitive_words(actor=actor, reason=reason)
    known = record_type("lead")
    [draft] = draft_changes(known, [(stored, {"owner": str(owner_id)})], actor=actor)
    if draft.problems:
        raise InvalidRecord(draft.problems)
    draft.facts["assigned"] = {"keys": "hand", "zh": reason, "en": reason}
    store_changes(known, [draft], actor=actor)
    return stored


@transaction.atomic
def disqualify_lead(lead: Lead, reason: str, *, actor: Actor, note: str = "") -> Lead:
    """The lead comes to nothing; why is chosen from the list.

    Raises:
        NotAllowed, InvalidRecord: no such reason, or the lead is finished.
    """
    stored = locked_lead(lead.pk, actor)
    _require_open(stored)
    known = list_choices("disqualify_reason").find(reason) if reason else None
    if known is None:
        raise InvalidRecord({"reason": _("请选择为什么无效")})
    refuse_sensitive_words(actor=actor, note=note)
    _store(stored, {"state": Lead.State.DISQUALIFIED, "disqualify_reason": known, "recycle_on": None}, actor)
    _tell(DISQUALIFIED, stored, actor, {"reason": known, "note": note.strip()[:500]})
    return stored


@transaction.atomic
def recycle_lead(lead: Lead, on: date | None, *, actor: Actor, reason: str = "") -> Lead:
    """Put a lead away until a day; a rule brings it back then. One found invalid may be put here too.

    Raises:
        NotAllowed, InvalidRecord: no day, one that is not ahead, or the lead became a customer.
    """
    stored = locked_lead(lead.pk, actor)
    if stored.state == Lead.State.QUALIFIED:
        raise InvalidRecord({"": _("线索已经转化")})
    if on is None or on <= today():
        raise InvalidRecord({"on": _("请选择今天以后的日期")})
    refuse_sensitive_words(actor=actor, note=reason)
    _store(stored, {"state": Lead.State.RECYCLED, "recycle_on": on, "disqualify_reason": ""}, actor)
    _tell(RECYCLED, stored, actor, {"on": on.isoformat(), "reason": reason.strip()[:500]})
    return stored


@transaction.atomic
def wake_leads(by: Mapping[int, Actor], *, actor: Actor) -> set[int]:
    """Bring put-away leads (lead id → who does it) back as new; gives the ids of those that were put away."""
    rows = Lead.objects.ungated("waking").filter(pk__in=by, state=Lead.State.RECYCLED, deleted_at__isnull=True)
    leads = list(rows.order_by("pk").select_for_update(of=("self",)))
    drafts = [_draft(lead, {"state": Lead.State.NEW, "recycle_on": None}, by[lead.pk]) for lead in leads]
    for lead in leads:
        # Whoever has it is to contact it anew: the clock of "not contacted" begins again.
        lead.assigned_at = now() if lead.owner_id else None
    if drafts:
        store_changes(record_type("lead"), drafts, actor=actor)
        record_events(_event(WOKEN, lead, by[lead.pk], {}) for lead in leads)
    return {lead.pk for lead in leads}


def wake_lead(lead: Lead, *, actor: Actor) -> Lead:
    """Bring one put-away lead back before its day.

    Raises:
        NotAllowed: the actor may not change it.
    """
    with transaction.atomic():
        stored = locked_lead(lead.pk, actor)
        wake_leads({stored.pk: actor}, actor=actor)
    return stored


def locked_lead(lead_id: int, actor: Actor, *, action: str = "edit") -> Lead:
    """The lead as it stands now, locked, through the gate.

    Raises:
        DoesNotExist: out of the actor's sight.
        NotAllowed: they may see it but not do this to it.
    """
    rows = Lead.objects.visible_to(actor).select_for_update(of=("self",))
    found: Lead = rows.get(pk=lead_id)
    require(actor, action, found)
    return found


def change_state(lead: Lead, values: Mapping[str, Any], actor: Actor, facts: Mapping[str, Json] | None = None) -> None:
    """Set fields of a locked lead that only operations set; nothing is stored where nothing differs."""
    _store(lead, values, actor, facts)


def _contact(lead: Lead, said: Contacted, words: str, actor: Actor) -> None:
    moment = now()
    values: dict[str, Any] = {"state": Lead.State.WORKING, "last_contacted_at": moment, "recycle_on": None}
    if lead.first_contacted_at is None:
        values["first_contacted_at"] = moment
    _store(lead, values, actor)
    facts: dict[str, Json] = {"method": said.method, "summary": words}
    if said.next_action and said.next_person:
        facts |= {
            "next": said.next_action.strip()[:200],
            "next_person": said.next_person,
            "next_due": said.next_due_at.isoformat() if said.next_due_at else None,
        }
        plan_task(
            said.next_action.strip(),
            owner_id=said.next_person,
            due_at=said.next_due_at,
            actor=actor,
            about=About("lead", lead.pk, lead.name),
            origin=NEXT_STEP,
            origin_id=lead.pk,
        )
    _tell(CONTACTED, lead, actor, facts)


def _checked(said: Contacted, actor: Actor) -> str:
    problems: Problems = {}
    method = list_choices("follow_up_method")
    if method.find(said.method) != said.method:
        problems["method"] = _("请选择联系方式")
    words = ""
    try:
        words = str(_TEXT.parse(said.summary, ParseContext(actor)) or "")
    except ValueProblem as problem:
        problems["summary"] = problem.message
    if not words and "summary" not in problems:
        problems["summary"] = _("请写下说了什么")
    if said.next_action.strip():
        if said.next_person is None:
            problems["next_person"] = _("请选择谁来做")
        if said.next_due_at is None:
            problems["next_due_at"] = _("请写明什么时候前做完")
        elif said.next_due_at <= now():
            problems["next_due_at"] = _("下一步的时间要晚于现在")
    if problems:
        raise InvalidRecord(problems)
    return words


def _require_open(lead: Lead) -> None:
    if lead.state not in OPEN_STATES:
        raise InvalidRecord({"": _("线索已经结束，不能再做这一步")})


def _draft(lead: Lead, values: Mapping[str, Any], actor: Actor, facts: Mapping[str, Json] | None = None) -> Draft:
    fields = record_type("lead").all_fields()
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    for key, value in values.items():
        held = fields[key].get(lead)
        if held == value or (fields[key].is_empty(held) and fields[key].is_empty(value)):
            continue
        before[key] = held
        fields[key].set(lead, value)
        after[key] = value
    return Draft(lead, before, after, actor, is_new=False, facts=dict(facts or {}))


def _store(lead: Lead, values: Mapping[str, Any], actor: Actor, facts: Mapping[str, Json] | None = None) -> None:
    store_changes(record_type("lead"), [_draft(lead, values, actor, facts)], actor=actor)


def _event(kind: EventKind, lead: Lead, actor: Actor, facts: Mapping[str, Json]) -> EventDraft:
    return EventDraft(kind=kind.key, record_type="lead", record_id=lead.pk, actor=actor.ref, facts=facts)


def _tell(kind: EventKind, lead: Lead, actor: Actor, facts: Mapping[str, Json]) -> None:
    record_event(_event(kind, lead, actor, facts))


def tell_of(kind: EventKind, leads: Sequence[Lead], actor: Actor, facts: Mapping[str, Json]) -> None:
    """Record one event about each of these leads; in a transaction."""
    record_events(_event(kind, lead, actor, facts) for lead in leads)
