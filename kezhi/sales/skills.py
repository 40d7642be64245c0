"""What colleagues are good at, and who suits a lead (LEAD-3)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction

from kezhi.access.actors import Actor
from kezhi.access.policies import require_area
from kezhi.core import epochs
from kezhi.core.events import EventDraft, record_event
from kezhi.sales.events_leads import SKILLS_SET
from kezhi.sales.models import UserSkill

EPOCH = "skills"
Skill = tuple[str, str]


def skills_by_user() -> Mapping[int, frozenset[Skill]]:
    """User id → (kind, value) of what they are good at."""
    return epochs.cached(EPOCH, "all", _load)


def suitable(leads: Sequence[Any]) -> dict[int, dict[int, int]]:
    """Lead id → user id → how many of language, industry and product they know."""
    known = skills_by_user()
    return {
        lead.pk: {user_id: fits for user_id, skills in known.items() if (fits := _fits(lead, skills))} for lead in leads
    }


@transaction.atomic
def set_skills(user_id: int, skills: Iterable[Skill], *, actor: Actor) -> None:
    """What this colleague is good at from now on.

    Raises:
        NotAllowed: the actor does not look after assignment.
    """
    require_area(actor, "automation", "edit")
    wanted = {(kind, value.strip()[:80]) for kind, value in skills if value.strip() and kind in UserSkill.Kind.values}
    rows = UserSkill.objects.filter(user_id=user_id)
    held = {(row.kind, row.value): row.pk for row in rows}
    UserSkill.objects.filter(pk__in=[pk for skill, pk in held.items() if skill not in wanted]).delete()
    UserSkill.objects.bulk_create(
        UserSkill(user_id=user_id, kind=kind, value=value) for kind, value in sorted(wanted - set(held))
    )
    epochs.bump(EPOCH)
    if wanted != set(held):
        record_event(
            EventDraft(
                kind=SKILLS_SET.key,
                record_type="user",
                record_id=user_id,
                actor=actor.ref,
                facts={"skills": [f"{kind}:{value}" for kind, value in sorted(wanted)]},
            )
        )


def _load() -> dict[int, frozenset[Skill]]:
    found: dict[int, set[Skill]] = {}
    for user_id, kind, value in UserSkill.objects.order_by("pk").values_list("user_id", "kind", "value"):
        found.setdefault(user_id, set()).add((kind, value))
    return {user_id: frozenset(skills) for user_id, skills in found.items()}


def _fits(lead: Any, skills: frozenset[Skill]) -> int:
    interest = str(lead.interest or "").casefold()
    fits = 0
    for kind, value in skills:
        match kind:
            case UserSkill.Kind.LANGUAGE:
                fits += value == lead.language
            case UserSkill.Kind.INDUSTRY:
                fits += value == lead.industry
            case _:
                fits += value.casefold() in interest if interest else 0
    return fits
