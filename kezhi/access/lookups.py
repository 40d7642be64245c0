"""How many exact values masked for them people may ask for, so that no hidden digit is guessed (ORG-4).

Who sees 138****5678 and may look for whole numbers could try the ten thousand there are. Whoever asks for values masked
for them spends one look-up per new value; what was asked for within the day is asked again for nothing. The limit holds
for all processes and all of somebody's browsers and tokens together.
"""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext

from kezhi.access import kinds
from kezhi.access.actors import Actor
from kezhi.access.figures import LOOKUPS_PER_DAY, LOOKUPS_PER_HOUR
from kezhi.access.models import Lookup
from kezhi.access.operations.events import note
from kezhi.core.clock import local, now
from kezhi.core.crypto import blind_index
from kezhi.core.figures import integer_figure

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)

Alarm = Callable[[Actor], None]
_alarms: list[Alarm] = []


class LookupsUsedUp(Exception):
    """Somebody asked for as many masked values as they may; ``free_at`` is when the next one is free."""

    def __init__(self, free_at: datetime) -> None:
        super().__init__("look-ups used up")
        self.free_at = free_at

    @property
    def message(self) -> str:
        """What the person reads."""
        words = gettext(
            "您按完整的电话或邮箱查找的次数已经用完，%(moment)s 以后可以再查。"
            "在此之前，请用名称、编号或电话后四位查找。"
        )
        return words % {"moment": f"{local(self.free_at):%m-%d %H:%M}"}

    @property
    def seconds(self) -> int:
        """How long until then, for programs."""
        return max(1, int((self.free_at - now()).total_seconds()) + 1)


def when_used_up(alarm: Alarm) -> None:
    """Have something told to somebody when a person's look-ups are used up, at most once a day per person."""
    if alarm not in _alarms:
        _alarms.append(alarm)


@transaction.atomic
def spend_lookups(values: Collection[str], *, actor: Actor) -> None:
    """Count that somebody asks for these exact values, some of which are masked for them.

    Work in the system's own name asks for nothing on anybody's behalf and is not counted.

    Raises:
        LookupsUsedUp: they have asked for as many as they may; these were not counted.
    """
    user_id = actor.user_id
    if user_id is None or not values:
        return
    moment = now()
    held = list(
        Lookup.objects.filter(user_id=user_id, at__gt=moment - _DAY)
        .order_by("at", "pk")
        .values_list("digest", "at", "told")
    )
    known = {digest for digest, _at, _told in held}
    fresh = [digest for value in sorted(set(values)) if (digest := _digest(value)) not in known]
    if not fresh:
        return
    times = [at for _digest, at, _told in held]
    spans = ((_HOUR, integer_figure(LOOKUPS_PER_HOUR.key)), (_DAY, integer_figure(LOOKUPS_PER_DAY.key)))
    free_at = [
        recent[-most] + span
        for span, most in spans
        if len(recent := [at for at in times if at > moment - span]) >= most
    ]
    if free_at:
        raise LookupsUsedUp(max(free_at))
    fills = any(sum(at > moment - span for at in times) + len(fresh) >= most for span, most in spans)
    is_told = fills and not any(told for _digest, _at, told in held)
    Lookup.objects.bulk_create(
        Lookup(user_id=user_id, digest=digest, at=moment, told=is_told and digest == fresh[-1]) for digest in fresh
    )
    if is_told:
        note(kinds.LOOKUPS_USED_UP, "user", user_id, actor.ref)
        for alarm in _alarms:
            alarm(actor)


def forget_old_lookups() -> None:
    """Delete what no limit counts any more."""
    Lookup.objects.filter(at__lte=now() - _DAY).delete()


def _digest(value: str) -> str:
    return blind_index(value, purpose="access.lookup")[:32]
