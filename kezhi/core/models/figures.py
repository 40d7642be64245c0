"""Figures an administrator has changed; what is not here has its shipped default."""

from django.db import models


class FigureValue(models.Model):
    """A changed figure, for the company (``department_id`` empty) or for one department.

    ``department_id`` is a plain number: core knows no departments, it only keeps their values apart.
    """

    key = models.CharField(max_length=100)
    department_id = models.BigIntegerField(null=True, blank=True)
    value = models.TextField()  # JSON
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=models.Q(department_id__isnull=True), name="core_figure_company_once"
            ),
            models.UniqueConstraint(
                fields=["key", "department_id"],
                condition=models.Q(department_id__isnull=False),
                name="core_figure_department_once",
            ),
        ]

    def __str__(self) -> str:
        return self.key
