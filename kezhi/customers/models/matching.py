"""Finding and merging duplicates (CUS-12)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from kezhi.customers.models.customer import Customer


class MatchKey(models.Model):
    """A value two records of the same customer are likely to share: name key, name core, phone, e-mail, pinyin.

    Personal values stand here as blind indexes. Kept by operations in the transaction that changes the customer.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="match_keys")
    kind = models.CharField(max_length=10)
    value = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "kind", "value"], name="match_key_once")]
        indexes = [models.Index(fields=["kind", "value"], name="match_key_value")]

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class MatchCandidate(models.Model):
    """Two customers the matching model thinks are one, until somebody decides."""

    class State(models.TextChoices):
        OPEN = "open", _("待处理")
        MERGED = "merged", _("已合并")
        DIFFERENT = "different", _("不是同一客户")

    first = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    probability = models.FloatField(_("相似度"))
    reasons = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    found_at = models.DateTimeField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-probability", "id"]
        constraints = [models.UniqueConstraint(fields=["first", "second"], name="match_candidate_once")]
        indexes = [models.Index(fields=["state", "-probability"], name="match_candidate_open")]

    def __str__(self) -> str:
        return f"{self.first_id} = {self.second_id}"


class Merge(models.Model):
    """A customer was merged into another; holds what is needed to take it apart again.

    ``snapshot`` is encrypted JSON: both records' values before, and which rows moved.
    """

    kept = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="merges")
    gone = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="merged_away")
    snapshot = models.TextField()
    operation = models.CharField(max_length=32)
    merged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    merged_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.gone_id} → {self.kept_id}"
