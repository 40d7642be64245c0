"""How promising a lead is, 0 to 100, and which facts say so (LEAD-7). The weights are figures."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from kezhi.core.clock import today
from kezhi.core.figures import integer_figure, text_figure
from kezhi.records.lists import list_choices
from kezhi.sales.figures_leads import SCORED, channel_points, points_of
from kezhi.sales.models import Lead

Facts = list[list[str | int]]

_BATCH = 500
_OPEN = (Lead.State.NEW, Lead.State.WORKING, Lead.State.RECYCLED)


def score_facts(lead: Any) -> Facts:
    """What speaks for a lead, as [fact, points]; a fact is a key of ``SCORED`` or ``channel:<key>``."""
    soon = today() + timedelta(days=integer_figure("sales.score_soon_days"))
    unknown = text_figure("sales.unknown_contact")
    held = {
        "phone": bool(lead.phone),
        "email": bool(lead.email),
        "contact": bool(lead.contact_name) and lead.contact_name != unknown,
        "position": bool(lead.position),
        "industry": bool(lead.industry),
        "need": bool(lead.need),
        "interest": bool(lead.interest),
        "budget": bool(lead.budget),
        "soon": lead.expected_purchase_on is not None and today() <= lead.expected_purchase_on <= soon,
        "known_customer": lead.known_customer_id is not None,
        "contacted": lead.first_contacted_at is not None,
    }
    facts: Facts = [[key, points] for key in SCORED if held[key] and (points := points_of(key))]
    if points := channel_points().get(lead.channel or "", 0):
        facts.append([f"channel:{lead.channel}", points])
    return facts


def set_score(lead: Any) -> bool:
    """Write the score and its facts into a lead that is about to be stored; whether either differs."""
    facts = score_facts(lead)
    score = min(100, sum(int(points) for _fact, points in facts))
    if score == lead.score and facts == lead.score_facts:
        return False
    lead.score, lead.score_facts = score, facts
    return True


def fact_words(facts: Sequence[Sequence[Any]]) -> list[tuple[str, int]]:
    """The facts of a score in the reader's language, the weightiest first; what is no longer counted is left out."""
    found = []
    for fact, points in facts:
        kind, _colon, rest = str(fact).partition(":")
        if kind == "channel":
            found.append((gettext("来自%(channel)s") % {"channel": list_choices("source").label(rest)}, int(points)))
        elif kind in SCORED:
            found.append((str(SCORED[kind][1]), int(points)))
    return sorted(found, key=lambda row: -row[1])


def rescore_leads() -> int:
    """Bring the scores of all open leads up to date after weights changed or days went by; gives how many moved.

    A score is a stored fact of what the lead says, so no event and no new version.
    """
    moved, last = 0, 0
    while True:
        with transaction.atomic():
            rows = Lead.objects.ungated("stored fact").filter(pk__gt=last, deleted_at__isnull=True, state__in=_OPEN)
            batch = list(rows.order_by("pk").select_for_update(of=("self",))[:_BATCH])
            for lead in batch:
                if set_score(lead):
                    lead.save(update_fields=["score", "score_facts"])
                    moved += 1
        if len(batch) < _BATCH:
            return moved
        last = batch[-1].pk
