"""The event log: what happened, to which records, by whom and through which door (OPS-3, architecture §1.3)."""

from django.db import models


class Event(models.Model):
    """One thing that happened to one record, stored in the transaction that made it happen.

    ``changes`` is JSON ``{field: [before, after]}``; a personal field holds ``{"enc": token}`` in place of the pair.
    ``operation`` is the same for all events of one act (a bulk edit, an import), which is what undo takes back.
    """

    at = models.DateTimeField()
    kind = models.CharField(max_length=80)
    record_type = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    actor_kind = models.CharField(max_length=12)
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.CharField(max_length=120)
    door = models.CharField(max_length=12)
    door_ref = models.CharField(max_length=80, blank=True)
    operation = models.CharField(max_length=32)
    cause_id = models.BigIntegerField(null=True)
    depth = models.SmallIntegerField(default=0)
    changes = models.TextField(default="{}")
    facts = models.TextField(default="{}")

    class Meta:
        indexes = [
            models.Index(fields=["operation"], name="event_operation"),
            models.Index(fields=["actor_id", "id"], name="event_actor"),
            models.Index(fields=["kind", "id"], name="event_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.record_type} {self.record_id}"


class EventSubject(models.Model):
    """A record an event is about; the main one and every other one concerned."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="subjects", db_index=False)
    record_type = models.CharField(max_length=40)
    record_id = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["record_type", "record_id", "event"], name="event_subject_once"),
        ]
        indexes = [models.Index(fields=["event"], name="event_subject_event")]

    def __str__(self) -> str:
        return f"{self.record_type} {self.record_id}"


class Outbox(models.Model):
    """An event that the dispatcher has not taken yet; removed in the transaction that seals and dispatches it."""

    event = models.OneToOneField(Event, on_delete=models.CASCADE, primary_key=True)

    def __str__(self) -> str:
        return str(self.event_id)


class Seal(models.Model):
    """A link of the audit chain over a batch of events (OPS-3).

    ``events`` lists the sealed ids as ranges ("1-40,42"); ``digest`` is SHA-256 over the previous digest and the
    canonical bytes of those events in order, in hexadecimal.
    """

    at = models.DateTimeField()
    # Unique, so that two sealers at once cannot fork the chain.
    previous = models.CharField(max_length=64, unique=True)
    digest = models.CharField(max_length=64)
    events = models.TextField()
    count = models.PositiveIntegerField()

    def __str__(self) -> str:
        return self.digest[:12]
