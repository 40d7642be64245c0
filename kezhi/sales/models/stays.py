"""How long opportunities stood in which stage (SAL-8)."""

from django.db import models

from kezhi.sales.models.opportunities import Opportunity, Stage


class StageStay(models.Model):
    """One stay of an opportunity in a stage; ``left_at`` is empty while it lasts, ``days`` are whole days.

    A stored fact beside the event log, which holds the same: durations and conversions of a year are counted over
    tens of thousands of stays in one statement.
    """

    opportunity = models.ForeignKey(Opportunity, on_delete=models.CASCADE, related_name="stays", db_index=False)
    stage = models.ForeignKey(Stage, to_field="key", on_delete=models.CASCADE, related_name="+", db_index=False)
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    days = models.PositiveIntegerField(default=0)

    class Meta:
        indexes = [
            models.Index(fields=["opportunity", "entered_at"], name="stage_stay_of"),
            models.Index(fields=["stage", "entered_at"], name="stage_stay_stage"),
        ]

    def __str__(self) -> str:
        return f"{self.opportunity_id} {self.stage_id}"
