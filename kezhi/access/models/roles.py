"""Roles: what they may do, to whose records, and which fields they see (ORG-2 … ORG-5)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from kezhi.access.models.organisation import User
from kezhi.core.models.named import Named


class Scope(models.TextChoices):
    """Whose records a grant reaches (ORG-3)."""

    OWN = "own", _("本人")
    DEPARTMENT = "department", _("本部门")
    BELOW = "below", _("本部门及下级")
    ALL = "all", _("全部")


class FieldLevel(models.TextChoices):
    """How much of a field a role sees (ORG-4).

    ``owner`` shows the field in full to the record's owner and those above, and a mask to others.
    """

    HIDDEN = "hidden", _("隐藏")
    MASKED = "masked", _("掩码")
    OWNER = "owner", _("负责人及上级可见，其余掩码")
    READ = "read", _("只读")
    WRITE = "write", _("可编辑")


class Role(Named):
    """A set of grants and field rules; a new one can do nothing (ORG-5)."""

    key = models.SlugField(max_length=60, unique=True)
    description_zh = models.CharField(max_length=255, blank=True)
    description_en = models.CharField(max_length=255, blank=True)
    order = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["order", "id"]


class UserRole(models.Model):
    """Who has which role."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    role = models.ForeignKey(Role, on_delete=models.CASCADE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "role"], name="user_role_once")]

    def __str__(self) -> str:
        return f"{self.user} {self.role}"


class Grant(models.Model):
    """A role may do one action to records of one type within a scope.

    For things that are not records (settings, audit …) ``subject`` is that area's key and the scope is all.
    """

    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="grants")
    subject = models.CharField(max_length=40)
    action = models.CharField(max_length=40)
    scope = models.CharField(max_length=12, choices=Scope.choices, default=Scope.OWN)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["role", "subject", "action"], name="grant_once")]

    def __str__(self) -> str:
        return f"{self.role} {self.subject}.{self.action} {self.scope}"


class FieldRule(models.Model):
    """How much of one field one role sees, where it differs from the field's own default."""

    role = models.ForeignKey(Role, on_delete=models.CASCADE, related_name="field_rules")
    record_type = models.CharField(max_length=40)
    field = models.CharField(max_length=60)
    level = models.CharField(max_length=12, choices=FieldLevel.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["role", "record_type", "field"], name="field_rule_once")]

    def __str__(self) -> str:
        return f"{self.role} {self.record_type}.{self.field} {self.level}"
