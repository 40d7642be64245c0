"""Somebody is away, and somebody else stands in (ORG-6)."""

import datetime as dt

from django.db import models, transaction
from django.utils.translation import gettext as _

from kezhi.access import kinds
from kezhi.access.actors import Actor
from kezhi.access.models import Absence, User
from kezhi.access.operations.events import note
from kezhi.access.operations.problems import Refused
from kezhi.access.policies import require_area
from kezhi.access.rights import EPOCH, organisation
from kezhi.core import epochs
from kezhi.core.clock import today
from kezhi.core.events import Json


def may_manage_absence(actor: Actor, user_id: int) -> bool:
    """Oneself, those above, and whoever keeps the organisation."""
    if user_id == actor.user_id or actor.allows("settings", "organisation"):
        return True
    return actor.user_id is not None and user_id in organisation().answering_to(actor.user_id)


@transaction.atomic
def mark_away(
    user: User, stand_in: User, first_day: dt.date, last_day: dt.date, *, actor: Actor, reason: str = ""
) -> Absence:
    """Mark somebody away from the first to the last day; the stand-in has their rights on those days.

    Raises:
        NotAllowed, Refused: with a sentence per field.
    """
    _require(actor, user.pk)
    problems: dict[str, str] = {}
    if last_day < first_day:
        problems["last_day"] = _("末日不能早于首日。")
    elif last_day < today():
        problems["last_day"] = _("这段时间已经过去了。")
    if stand_in.pk == user.pk:
        problems["stand_in"] = _("替班人不能是本人。")
    elif not stand_in.is_active:
        problems["stand_in"] = _("替班人已经停用。")
    elif _overlapping(stand_in, first_day, last_day).exists():
        problems["stand_in"] = _("%(name)s 这段时间也不在，请换一位。") % {"name": stand_in.name}
    if not problems and _overlapping(user, first_day, last_day).exists():
        problems["first_day"] = _("这段时间已经登记过休假。")
    if problems:
        raise Refused(problems)
    absence = Absence.objects.create(
        user=user, stand_in=stand_in, first_day=first_day, last_day=last_day, reason=reason.strip()[:200]
    )
    epochs.bump(EPOCH)
    facts: dict[str, Json] = {
        "stand_in_id": stand_in.pk,
        "first_day": first_day.isoformat(),
        "last_day": last_day.isoformat(),
    }
    note(kinds.ABSENCE_ADDED, "user", user.pk, actor.ref, facts=facts)
    return absence


@transaction.atomic
def remove_absence(absence: Absence, *, actor: Actor) -> None:
    """Take back an absence that is planned; one that has begun ends yesterday, so that its past days stay known.

    Raises:
        NotAllowed.
    """
    _require(actor, absence.user_id)
    yesterday = today() - dt.timedelta(days=1)
    facts: dict[str, Json] = {
        "stand_in_id": absence.stand_in_id,
        "first_day": absence.first_day.isoformat(),
        "last_day": absence.last_day.isoformat(),
    }
    if absence.first_day <= yesterday:
        Absence.objects.filter(pk=absence.pk).update(last_day=yesterday)
    else:
        absence.delete()
    epochs.bump(EPOCH)
    note(kinds.ABSENCE_REMOVED, "user", absence.user_id, actor.ref, facts=facts)


def _require(actor: Actor, user_id: int) -> None:
    if not may_manage_absence(actor, user_id):
        require_area(actor, "settings", "organisation")


def _overlapping(user: User, first_day: dt.date, last_day: dt.date) -> models.QuerySet[Absence]:
    return Absence.objects.filter(user=user, first_day__lte=last_day, last_day__gte=first_day)
