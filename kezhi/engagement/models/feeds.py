"""The private link under which somebody's own calendar is read by a calendar program (FUP-9)."""

from django.conf import settings
from django.db import models


class CalendarFeed(models.Model):
    """One person's link; only its digest is stored. A new link ends the old one."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.user_id)
