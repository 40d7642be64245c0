"""What happens to the demo company at a moment of its own, between the evenings on which follow-ups are entered."""

import datetime as dt
import heapq
from collections.abc import Callable
from itertools import count

from django.db import transaction

from kezhi.core.clock import clock_at
from kezhi.core.models import Event


class Agenda:
    """Acts at moments, done in their order: the log is written as time goes by."""

    def __init__(self) -> None:
        self._waiting: list[tuple[dt.datetime, int, Callable[[], None]]] = []
        self._serial = count()

    def at(self, moment: dt.datetime, act: Callable[[], None]) -> None:
        """Plan an act; one may be planned while another is done."""
        heapq.heappush(self._waiting, (moment, next(self._serial), act))

    def until(self, end: dt.datetime) -> None:
        """Do everything before ``end``, each in a transaction with the clock at its moment."""
        while self._waiting and self._waiting[0][0] < end:
            moment, _serial, act = heapq.heappop(self._waiting)
            # Whoever sat down to enter things meanwhile was first: the log goes forward only.
            last = Event.objects.order_by("-pk").values_list("at", flat=True).first() or moment
            with transaction.atomic(), clock_at(max(moment, last)):
                act()
