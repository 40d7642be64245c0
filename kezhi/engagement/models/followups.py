"""Follow-ups: what was said to a customer and what happens next (FUP-2)."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kezhi.customers.models import Contact, Customer
from kezhi.records.models import LIVE, Record


class FollowUp(Record):
    """One contact with a customer. ``owner`` had it; whoever sees the customer sees it.

    ``has_changes``: something about the customer was learnt that is still to be entered (CUS-11).
    Either the next action says who, what and by when, or ``no_next_reason`` says why there is none. ``client_key`` is
    made on the device, so that one kept offline and sent twice is stored once.
    """

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="follow_ups", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="follow_ups")
    method = models.CharField(_("方式"), max_length=20)
    happened_at = models.DateTimeField(_("时间"))
    summary = models.TextField(_("内容"))
    feedback = models.TextField(_("客户反馈"), blank=True)
    has_changes = models.BooleanField(_("客户资料有变化，之后补录"), default=False)
    signal = models.CharField(_("信号"), max_length=20, blank=True)
    next_action = models.CharField(_("下一步"), max_length=200, blank=True)
    next_person = models.ForeignKey(
        "access.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    next_due_at = models.DateTimeField(_("期限"), null=True, blank=True)
    no_next_reason = models.CharField(_("无需下一步的原因"), max_length=200, blank=True)
    task = models.ForeignKey("work.Task", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    client_key = models.CharField(max_length=64, null=True, blank=True, unique=True)

    class Meta:
        indexes = [
            models.Index(fields=["customer", "happened_at", "id"], name="follow_up_customer"),
            models.Index(fields=["owner", "happened_at", "id"], name="follow_up_own", condition=LIVE),
            models.Index(fields=["happened_at", "id"], name="follow_up_when", condition=LIVE),
            models.Index(fields=["created_at", "id"], name="follow_up_created", condition=LIVE),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(next_action="") | ~Q(no_next_reason=""), name="follow_up_next_is_clear"
            ),
        ]

    def __str__(self) -> str:
        return self.summary[:40]
