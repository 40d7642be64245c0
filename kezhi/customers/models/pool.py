"""What keeps customers in care: the pool they return to, and when they are to be contacted (CUS-15, FUP-1)."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Tended(models.Model):
    """Columns of a customer about who cares for it; all kept by operations, none typed.

    ``recall_on`` is the day on which it returns to the pool unless somebody follows it up; worked out from
    ``owned_since``, the last follow-up, the last deal and ``protected_until``. In the pool it has no owner,
    ``pool_since`` is set and ``pool_department`` says whose pool it is (empty: the whole company's). ``cadence`` is the
    key of its cadence plan, ``cadence_next_on`` the next day to get in touch; ``cadence_mood`` says that what the
    customer signalled makes contacts denser or lets them rest until ``cadence_until``.
    """

    owned_since = models.DateTimeField(_("归属起始"), null=True, blank=True)
    protected_until = models.DateField(_("保护到"), null=True, blank=True)
    recall_on = models.DateField(_("回收日"), null=True, blank=True)
    pool_since = models.DateTimeField(_("进入公海"), null=True, blank=True)
    pool_reason = models.CharField(_("进公海的原因"), max_length=60, blank=True)
    pool_department = models.ForeignKey(
        "access.Department", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    last_owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    last_signed_on = models.DateField(_("最近签约"), null=True, blank=True)
    cadence = models.CharField(_("联系计划"), max_length=40, blank=True)
    cadence_next_on = models.DateField(_("计划联系日"), null=True, blank=True)
    cadence_mood = models.CharField(max_length=10, blank=True)
    cadence_until = models.DateField(null=True, blank=True)

    class Meta:
        abstract = True


class ClaimCount(models.Model):
    """How many customers somebody claimed from the pool on a day; its lock lets one person's claims come in turn."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "day"], name="claim_count_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.day} {self.count}"
