"""What rules did: one run per rule and record each time it fires."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class RunState(models.TextChoices):
    """Where a run stands. ``stopped``: a loop or too long a chain was cut, or the rule or record went away."""

    READY = "ready", _("待执行")
    WAITING = "waiting", _("等待中")
    DONE = "done", _("完成")
    FAILED = "failed", _("失败")
    STOPPED = "stopped", _("已停止")


class RuleRun(models.Model):
    """A rule at work on one record.

    ``position`` is the next instruction of the version's program; ``wake_at`` when a waiting run goes on or a failed
    one is tried again. ``event_id`` is the event that started it (none for time and schedules), ``depth`` the length of
    the chain. ``did`` lists, in order, what each step did: ``[{"step": 0, "key": "notify", "facts": {...}}]``.
    """

    rule = models.ForeignKey("automation.Rule", on_delete=models.CASCADE, related_name="runs", db_index=False)
    version = models.ForeignKey("automation.RuleVersion", on_delete=models.CASCADE, related_name="+", db_index=False)
    record_type = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    event_id = models.BigIntegerField(null=True)
    depth = models.SmallIntegerField(default=0)
    operation = models.CharField(max_length=32, blank=True)
    state = models.CharField(max_length=8, choices=RunState, default=RunState.READY)
    position = models.PositiveSmallIntegerField(default=0)
    wake_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField()
    happened_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    did = models.JSONField(default=list)
    error = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["rule", "started_at"], name="run_rule"),
            models.Index(fields=["record_type", "record_id", "id"], name="run_record"),
            models.Index(fields=["wake_at"], condition=Q(state="waiting"), name="run_wake"),
            models.Index(fields=["state", "started_at"], condition=Q(state__in=["failed", "stopped"]), name="run_bad"),
            models.Index(fields=["started_at"], name="run_started"),
            models.Index(fields=["version"], condition=Q(state="ready"), name="run_ready"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.record_type} {self.record_id}"


class Firing(models.Model):
    """A rule by time has fired for this record and this window, so it does not fire again (architecture §2).

    ``moment`` is the value of the field the time is counted from, ``round`` how many repetitions lie before it.
    """

    rule = models.ForeignKey("automation.Rule", on_delete=models.CASCADE, related_name="+", db_index=False)
    record_id = models.BigIntegerField()
    moment = models.DateTimeField()
    round = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule", "record_id", "moment", "round"], name="firing_once"),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.record_id}"


class Settling(models.Model):
    """A change by hand that waits until its author has finished editing the record; then rules see one change."""

    event_id = models.BigIntegerField(primary_key=True)
    record_type = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    actor_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["at"], name="settling_at")]

    def __str__(self) -> str:
        return str(self.event_id)


class Turn(models.Model):
    """Who was given the last record by a rule that gives them in turn."""

    rule = models.ForeignKey("automation.Rule", on_delete=models.CASCADE, related_name="+", db_index=False)
    step = models.PositiveSmallIntegerField()
    case = models.SmallIntegerField(default=-1)
    last_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "step", "case"], name="turn_once")]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.step}"
