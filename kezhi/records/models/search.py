"""What the search box finds; the words lie in the database's own full-text index."""

from django.db import models


class SearchEntry(models.Model):
    """One findable record and its words, separated by blanks. Its id is the row id of the full-text index.

    Words are ASCII: Chinese characters stand as code points, personal values only as keyed hashes (OPS-1).
    """

    record_type = models.CharField(max_length=40)
    record_id = models.BigIntegerField()
    words = models.TextField(default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["record_type", "record_id"], name="search_entry_once")]

    def __str__(self) -> str:
        return f"{self.record_type} {self.record_id}"


class SearchScheme(models.Model):
    """How the words of a type's entries were made, so that a version that makes them otherwise notices."""

    record_type = models.CharField(max_length=40, unique=True)
    scheme = models.CharField(max_length=32)

    def __str__(self) -> str:
        return self.record_type
