"""Tables of core. Each topic has its own file; import models from here."""

from kezhi.core.models.calendar import CalendarDay, CalendarSource
from kezhi.core.models.epochs import Epoch
from kezhi.core.models.events import Event, EventSubject, Outbox, Seal
from kezhi.core.models.figures import FigureValue
from kezhi.core.models.jobs import Job, JobState, Lane, Priority, Schedule, WorkerPulse
from kezhi.core.models.numbering import NumberCounter

__all__ = [
    "CalendarDay",
    "CalendarSource",
    "Epoch",
    "Event",
    "EventSubject",
    "FigureValue",
    "Job",
    "JobState",
    "Lane",
    "NumberCounter",
    "Outbox",
    "Priority",
    "Schedule",
    "Seal",
    "WorkerPulse",
]
