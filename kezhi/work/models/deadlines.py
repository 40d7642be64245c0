"""Deadlines: the clock of one promise."""

from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kezhi.access.policies import GuardedQuerySet

OPEN_STATES = ("running", "paused")


class DeadlineManager(models.Manager["Deadline"]):
    """Gives guarded querysets: they raise until ``visible_to(actor)`` or ``ungated(reason)`` was said."""

    def get_queryset(self) -> GuardedQuerySet["Deadline"]:
        return GuardedQuerySet(self.model, using=self._db)

    def visible_to(self, actor: Any, action: str = "view") -> GuardedQuerySet["Deadline"]:
        """The deadlines of records the actor sees."""
        return self.get_queryset().visible_to(actor, action)

    def ungated(self, reason: str) -> GuardedQuerySet["Deadline"]:
        """Every deadline, for work that answers for its own rights."""
        return self.get_queryset().ungated(reason)


class Deadline(models.Model):
    """What was promised about a record, by when, and by whom (``owner``).

    The clock counts working time of ``department`` or plain time. ``used`` had passed when it last began to run, at
    ``running_since``; while paused that is empty. ``due_at`` and ``next_moment`` (when the sweep has to look at it
    next) follow from these, the calendar and the kind's terms, under ``planned_under``. ``warned``, ``breached_at`` and
    ``level`` say which thresholds have been passed, so that each is passed once; ``noticed_at`` is when the breach or
    the last escalation was told: whoever is told late has their time before the next one is. ``is_binned``: it stands
    still because its record lies in the recycle bin. ``also_type`` and ``also_id`` name a record whose timeline tells
    of it as well.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("进行中")
        PAUSED = "paused", _("已暂停")
        MET = "met", _("已完成")
        CANCELLED = "cancelled", _("已取消")

    kind = models.CharField(max_length=40)
    record_type = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    title = models.CharField(max_length=200, blank=True)
    also_type = models.CharField(max_length=40, blank=True)
    also_id = models.BigIntegerField(null=True, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    moves_with_record = models.BooleanField(default=True)
    department = models.ForeignKey(
        "access.Department", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    business_time = models.BooleanField(default=True)
    length = models.DurationField()
    used = models.DurationField(default=timedelta)
    started_at = models.DateTimeField()
    running_since = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField()
    next_moment = models.DateTimeField(null=True, blank=True)
    planned_under = models.BigIntegerField(default=0)
    warned = models.PositiveSmallIntegerField(default=0)
    breached_at = models.DateTimeField(null=True, blank=True)
    level = models.PositiveSmallIntegerField(default=0)
    noticed_at = models.DateTimeField(null=True, blank=True)
    paused_at = models.DateTimeField(null=True, blank=True)
    pause_reason = models.CharField(max_length=200, blank=True)
    is_binned = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    end_reason = models.CharField(max_length=200, blank=True)
    origin = models.CharField(max_length=40, blank=True)
    origin_id = models.BigIntegerField(null=True, blank=True)

    objects: ClassVar[DeadlineManager] = DeadlineManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "record_type", "record_id"],
                condition=Q(state__in=OPEN_STATES),
                name="deadline_open_once",
            ),
        ]
        indexes = [
            models.Index(fields=["next_moment"], condition=Q(next_moment__isnull=False), name="deadline_next"),
            models.Index(fields=["record_type", "record_id", "state"], name="deadline_record"),
            models.Index(fields=["due_at", "id"], condition=Q(state__in=OPEN_STATES), name="deadline_open_due"),
            models.Index(
                fields=["owner", "due_at", "id"], condition=Q(state__in=OPEN_STATES), name="deadline_open_own"
            ),
            models.Index(fields=["planned_under"], condition=Q(state="running"), name="deadline_planned"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.record_type} {self.record_id}"

    @property
    def is_open(self) -> bool:
        """Whether the promise still stands."""
        return self.state in OPEN_STATES

    @property
    def is_broken(self) -> bool:
        """Whether its time ran out before it was met."""
        return self.breached_at is not None
