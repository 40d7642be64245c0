"""What people and departments are to sell (SAL-8)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from kezhi.access.models import Department


class Target(models.Model):
    """The amount, in yuan, that a person or a department is to win in a month; ``month`` is its first day."""

    month = models.DateField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    department = models.ForeignKey(
        Department, on_delete=models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    amount = models.DecimalField(max_digits=16, decimal_places=2)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=True, department__isnull=False)
                | Q(user__isnull=False, department__isnull=True),
                name="target_is_of_one",
            ),
            models.UniqueConstraint(fields=["month", "user"], name="target_of_user", condition=Q(user__isnull=False)),
            models.UniqueConstraint(
                fields=["month", "department"], name="target_of_department", condition=Q(department__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.amount}"
