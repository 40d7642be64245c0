"""How far each series of numbers has got."""

from django.db import models


class NumberCounter(models.Model):
    """The last number given out in one period of one series (``customer`` in ``C202310``)."""

    series = models.CharField(max_length=60)
    period = models.CharField(max_length=60, blank=True)
    last = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "period"], name="core_number_counter_once")]

    def __str__(self) -> str:
        return f"{self.series} {self.period}: {self.last}"
