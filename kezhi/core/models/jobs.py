"""Background work waiting, running and failed; the clocks that start it; the processes that do it."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class JobState(models.TextChoices):
    """Where a job stands. ``waiting`` and ``running`` are live; ``dead`` gave up and waits for a person."""

    WAITING = "waiting", _("等待")
    RUNNING = "running", _("执行中")
    DONE = "done", _("完成")
    DEAD = "dead", _("失败")


class Lane(models.TextChoices):
    """How a job runs: inside one transaction with its "done", or outside any, with an idempotency key."""

    SHORT = "short", _("事务内")
    IO = "io", _("事务外")


class Priority(models.IntegerChoices):
    """Which due job is taken first."""

    LOW = 0, _("低")
    NORMAL = 1, _("普通")
    HIGH = 2, _("高")


LIVE_STATES = (JobState.WAITING, JobState.RUNNING)


class Job(models.Model):
    """One piece of background work: a registered function's name and its keyword arguments as JSON."""

    name = models.CharField(max_length=100)
    args = models.JSONField(default=dict)
    actor = models.JSONField(null=True)
    lane = models.CharField(max_length=5, choices=Lane, default=Lane.SHORT)
    priority = models.SmallIntegerField(choices=Priority, default=Priority.NORMAL)
    state = models.CharField(max_length=7, choices=JobState, default=JobState.WAITING)
    run_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    max_attempts = models.PositiveSmallIntegerField(default=6)
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=120, blank=True)
    unique_key = models.CharField(max_length=200, null=True)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["unique_key"], condition=Q(state__in=LIVE_STATES), name="job_unique_live"),
        ]
        indexes = [
            models.Index(fields=["lane", "priority", "run_at"], condition=Q(state="waiting"), name="job_due"),
            models.Index(fields=["worker"], condition=Q(state="running"), name="job_running"),
            models.Index(fields=["state", "finished_at"], condition=Q(state__in=["done", "dead"]), name="job_finished"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.pk}"

    @property
    def idempotency_key(self) -> str:
        """The same text for every attempt at this job; what an outside system is given to recognise a repeat."""
        return f"kezhi-job-{self.pk}"


class Schedule(models.Model):
    """When a registered schedule last ran and runs next; rows follow the code at every start of a worker."""

    name = models.CharField(max_length=100, primary_key=True)
    cron = models.CharField(max_length=100)
    last_run = models.DateTimeField(null=True)
    next_run = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} ({self.cron})"


class WorkerPulse(models.Model):
    """A worker process that is or was alive, as the health page sees it."""

    worker = models.CharField(max_length=120, primary_key=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.worker
