"""Who looked for which exact value that is masked for them (ORG-4)."""

from django.db import models

from kezhi.access.models.organisation import User


class Lookup(models.Model):
    """One value somebody asked for, as a keyed hash; kept for a day. ``told`` marks the one that used up the limit."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    digest = models.CharField(max_length=32)
    at = models.DateTimeField()
    told = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["user", "at"], name="lookup_user"),
            models.Index(fields=["at"], name="lookup_at"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.at:%Y-%m-%d %H:%M}"
