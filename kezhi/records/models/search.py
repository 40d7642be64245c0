"""What the search box finds; the words themselves lie in the database's own full-text index."""

from django.db import models


class SearchEntry(models.Model):
    """One findable record. Its id is the row id of the full-text index.

    ``digest`` tells whether the indexed words are still right without reading them back.
    """

    record_type = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    digest = models.CharField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record_type", "record_id"], name="search_entry_once")]

    def __str__(self) -> str:
        return f"{self.record_type} {self.record_id}"
