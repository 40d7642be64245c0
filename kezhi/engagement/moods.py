"""What customers signal changes how often they are contacted: denser for a time, at rest, asleep (FUP-1, FUP-5)."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta

from kezhi.core.clock import today
from kezhi.core.figures import integer_figure
from kezhi.customers.models import Customer
from kezhi.engagement.cadence import ASLEEP, EAGER, RESTING, months_after, refresh_cadence
from kezhi.engagement.models import CadencePlan

MOODS = (EAGER, RESTING, "")


def mood_until(mood: str) -> date | None:
    """Until when a mood holds that begins today; None for ever."""
    if mood == EAGER:
        return today() + timedelta(days=integer_figure("engagement.eager_days"))
    if mood == RESTING:
        return months_after(today(), integer_figure("engagement.resting_months"))
    return None


def set_moods(moods: Mapping[int, str]) -> int:
    """Give customers (by id) a mood that begins today, and their next day with it; gives how many changed."""
    changed: set[int] = set()
    for mood in set(moods.values()):
        ids = [pk for pk, each in moods.items() if each == mood]
        rows = Customer.objects.ungated("stored fact").filter(pk__in=ids)
        until = mood_until(mood)
        different = rows.exclude(cadence_mood=mood, cadence_until=until) if until else rows.exclude(cadence_mood=mood)
        changed |= set(different.values_list("pk", flat=True))
        different.update(cadence_mood=mood, cadence_until=until)
    refresh_cadence(changed)
    return len(changed)


def note_answers(answered: Collection[int], silent: Collection[int]) -> None:
    """After new follow-ups, before the facts move: who answered is awake; who was called awake in vain sleeps on.

    The sleep begins with the call; within the days of the figure an answer still counts as one to it, and any later
    answer wakes the customer too.
    """
    rows = Customer.objects.ungated("stored fact")
    if answered:
        rows.filter(pk__in=answered, cadence_mood=ASLEEP).update(cadence_mood="", cadence_until=None)
    if silent:
        dormant = CadencePlan.objects.filter(stage=CadencePlan.Stage.DORMANT).values_list("key", flat=True)
        until = today() + timedelta(days=integer_figure("engagement.wake_days"))
        rows.filter(pk__in=silent, cadence__in=list(dormant)).update(cadence_mood=ASLEEP, cadence_until=until)
