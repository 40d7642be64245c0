"""The papers customers got (SAL-4)."""

from django.conf import settings
from django.db import models

from kezhi.sales.models.quotes import Quote


class QuotePaper(models.Model):
    """The PDF of a quote exactly as it went out. It is never changed, and goes only with its quote.

    ``content_key`` names the content: a quote sent again unchanged keeps one paper.
    """

    quote = models.ForeignKey(Quote, on_delete=models.CASCADE, related_name="papers", db_index=False)
    content_key = models.CharField(max_length=64)
    content = models.BinaryField()
    kept_at = models.DateTimeField()
    kept_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["quote", "content_key"], name="quote_paper_once")]

    def __str__(self) -> str:
        return f"{self.quote_id} {self.content_key[:8]}"
