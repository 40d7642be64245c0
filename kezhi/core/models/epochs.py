"""One row per family of cached settings; see :mod:`kezhi.core.epochs`."""

from django.db import models


class Epoch(models.Model):
    """The present version of a family of settings, as a random number."""

    name = models.CharField(max_length=40, primary_key=True)
    value = models.BigIntegerField()

    def __str__(self) -> str:
        return self.name
