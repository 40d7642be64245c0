"""What leads and their sources add to the generic operations (LEAD-2, LEAD-3, LEAD-6, LEAD-7)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.core.clock import now
from kezhi.core.events import EventDraft, Json
from kezhi.core.figures import text_figure
from kezhi.core.values.names import clean_name, company_key
from kezhi.records.behaviour import Behaviour, Draft
from kezhi.records.guessing import limit_typed
from kezhi.records.registry import RecordType
from kezhi.sales.events_leads import ASSIGNED
from kezhi.sales.known_leads import find_customers
from kezhi.sales.models import Lead
from kezhi.sales.scoring import set_score
from kezhi.sales.skills import suitable
from kezhi.sales.source_facts import count_leads, per_source
from kezhi.work.operations.tasks import rename_tasks

# What may still change on a lead that became a customer: the rest is the customer's from then on.
_FREE = {"owner", "tags", "note", "state"}
_REACH = ("phone", "phone_other", "email")
_MATCHED_BY = ("name", *_REACH)
# Where somebody types or sends lead after lead; lists are checked as a whole while they are imported.
_BY_HAND = ("page", "api")


class LeadBehaviour(Behaviour):
    """Fills what every lead has from its first minute, whichever door it came through."""

    def check(self, record_type: RecordType, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            if draft.is_new or draft.record.state != Lead.State.QUALIFIED or draft.changed("state"):
                continue
            for key in set(draft.after) - _FREE:
                draft.problems.setdefault(key, _("线索已经转化，请到客户那里修改"))

        self._limit(drafts)

    def derive(self, record_type: RecordType, drafts: Sequence[Draft]) -> Sequence[str]:
        moment = now()
        for draft in drafts:
            lead: Lead = draft.record
            if draft.is_new or draft.changed("name"):
                lead.name = clean_name(lead.name)
                lead.name_key = company_key(lead.name)[:200]
            if lead.entered_at is None:
                lead.entered_at = moment.replace(second=0, microsecond=0)
            if not lead.contact_name:
                lead.contact_name = text_figure("sales.unknown_contact")
                draft.after["contact_name"] = lead.contact_name
            if draft.changed("owner"):
                lead.assigned_at = moment if lead.owner_id else None
                told = draft.facts.get("assigned")
                lead.assigned_why = dict(told) if isinstance(told, dict) else {}
            if draft.changed("state") and lead.state != Lead.State.QUALIFIED:
                lead.qualified_at = None
        self._match(drafts)
        for draft in drafts:
            set_score(draft.record)
        return (
            "name",
            "name_key",
            "entered_at",
            "contact_name",
            "assigned_at",
            "assigned_why",
            "qualified_at",
            "contact",
            "known_customer",
            "score",
            "score_facts",
        )

    def stored(self, record_type: RecordType, drafts: Sequence[Draft]) -> Sequence[EventDraft]:
        self._count(drafts)
        renamed = [draft.record for draft in drafts if not draft.is_new and draft.changed("name")]
        rename_tasks("lead", {lead.pk: lead.name for lead in renamed})
        return [
            EventDraft(
                kind=ASSIGNED.key,
                record_type="lead",
                record_id=draft.record.pk,
                actor=draft.actor.ref,
                facts=_assignment(draft),
            )
            for draft in drafts
            if draft.changed("owner") and draft.record.owner_id
        ]

    def in_hand(self) -> Q:
        return Q(state__in=[Lead.State.NEW, Lead.State.WORKING])

    def suits(self, records: Sequence[Any]) -> Mapping[int, Mapping[int, int]]:
        return suitable(records)

    def removed(self, record_type: RecordType, records: Sequence[Any], actor: Actor) -> None:
        _count_all(records, -1)

    def restored(self, record_type: RecordType, records: Sequence[Any], actor: Actor) -> None:
        _count_all(records, 1)

    @staticmethod
    def _limit(drafts: Sequence[Draft]) -> None:
        """A stored lead says whether its phone is a customer's; nobody finds masked ones by storing leads (ORG-4)."""
        for draft in drafts:
            typed = [key for key in _REACH if draft.after.get(key)]
            if not typed or draft.actor.ref.door not in _BY_HAND:
                continue
            texts = (draft.after[key] for key in typed)
            used_up = limit_typed(("customer", "contact"), *texts, actor=draft.actor)
            if used_up is not None and draft.actor.ref.door == "api":
                raise used_up
            if used_up is not None:
                draft.problems.setdefault(typed[0], used_up.message)

    @staticmethod
    def _match(drafts: Sequence[Draft]) -> None:
        asked = [draft for draft in drafts if draft.is_new or draft.changed(*_MATCHED_BY)]
        found = find_customers([draft.record for draft in asked])
        for place, draft in enumerate(asked):
            lead, customer_id = draft.record, found.get(place)
            if lead.known_customer_id != customer_id:
                if not draft.is_new:
                    draft.before["known_customer"] = lead.known_customer_id
                lead.known_customer_id = customer_id
                draft.after["known_customer"] = customer_id

    @staticmethod
    def _count(drafts: Sequence[Draft]) -> None:
        leads: list[tuple[int | None, int]] = []
        effective: list[tuple[int | None, int]] = []
        for draft in drafts:
            lead = draft.record
            if not draft.is_new and not draft.changed("source", "state"):
                continue
            won = lead.state == Lead.State.QUALIFIED
            leads.append((lead.source_id, 1))
            effective.append((lead.source_id, int(won)))
            if not draft.is_new:
                source_id = draft.before.get("source", lead.source_id)
                was_won = draft.before.get("state", lead.state) == Lead.State.QUALIFIED
                leads.append((source_id, -1))
                effective.append((source_id, -int(was_won)))
        count_leads(per_source(leads), per_source(effective))


class LeadSourceBehaviour(Behaviour):
    """Keeps the register of sources."""


def _assignment(draft: Draft) -> dict[str, Json]:
    """Who got it and how: by themselves, by hand, by a rule, or because nobody else could (fallback)."""
    told = draft.facts.get("assigned")
    keys = str(told.get("keys", "")).split(",") if isinstance(told, dict) else []
    how = "hand"
    if draft.actor.user_id is not None and draft.actor.user_id == draft.record.owner_id:
        how = "self"
    elif draft.actor.ref.door == "rule":
        how = "fallback" if "fallback" in keys else "rule"
    facts: dict[str, Json] = {"to": draft.record.owner_id, "how": how}
    if isinstance(told, dict) and told.get("zh"):
        facts["why"] = {"zh": str(told["zh"]), "en": str(told.get("en", ""))}
    return facts


def _count_all(records: Sequence[Any], number: int) -> None:
    won = [(lead.source_id, number) for lead in records if lead.state == Lead.State.QUALIFIED]
    count_leads(per_source((lead.source_id, number) for lead in records), per_source(won))
