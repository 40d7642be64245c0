"""Departments, positions, users and their absences (ORG-1, ORG-6)."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from kezhi.core.models.named import Named


class Department(Named):
    """A department; ``path`` is the ids from the root down ("/1/4/9/"), so that "and below" is a prefix."""

    key = models.SlugField(max_length=60, unique=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(max_length=255, blank=True, db_index=True)
    head = models.ForeignKey("access.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="heads")
    position = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]


class Position(Named):
    """What somebody is called in the company (销售代表, 服务主管 …)."""

    key = models.SlugField(max_length=60, unique=True)
    order = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["order", "id"]


class UserManager(BaseUserManager["User"]):
    """Finds users by the name they sign in with."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(username__iexact=username)


class User(AbstractBaseUser):
    """Somebody who works with the system. ``ended_at`` marks a leaver, whose name stays on the history."""

    username = models.CharField(_("登录名"), max_length=60, unique=True)
    name = models.CharField(_("姓名"), max_length=80)
    email = models.EmailField(_("邮箱"), blank=True)
    mobile = models.CharField(_("手机"), max_length=20, blank=True)
    department = models.ForeignKey(
        Department, verbose_name=_("部门"), on_delete=models.PROTECT, null=True, blank=True, related_name="users"
    )
    position = models.ForeignKey(
        Position, verbose_name=_("职位"), on_delete=models.SET_NULL, null=True, blank=True, related_name="users"
    )
    manager = models.ForeignKey(
        "self", verbose_name=_("上级"), on_delete=models.SET_NULL, null=True, blank=True, related_name="reports"
    )
    roles = models.ManyToManyField("access.Role", through="access.UserRole", related_name="users")
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)
    language = models.CharField(max_length=10, default="zh-hans")
    theme = models.CharField(max_length=10, default="auto")
    density = models.CharField(max_length=12, default="comfortable")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        """The name, as other parts of Django ask for it."""
        return self.name


class Absence(models.Model):
    """Somebody is away from the first to the last day, and who stands in (ORG-6)."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="absences")
    stand_in = models.ForeignKey(User, on_delete=models.PROTECT, related_name="stands_in_for")
    first_day = models.DateField(_("首日"))
    last_day = models.DateField(_("末日"))
    reason = models.CharField(_("原因"), max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-first_day"]
        indexes = [models.Index(fields=["last_day", "first_day"], name="absence_days")]
        constraints = [
            models.CheckConstraint(condition=models.Q(last_day__gte=models.F("first_day")), name="absence_ends"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.first_day} – {self.last_day}"
