"""Recording a follow-up, once, even when it is sent twice from a device that was offline (FUP-2, FUP-3, FUP-8)."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import allows
from kezhi.engagement.models import FollowUp
from kezhi.records.operations import InvalidRecord, change_record, create_record
from kezhi.records.registry import record_type


def record_follow_up(
    customer: Any,
    values: Mapping[str, Any],
    *,
    actor: Actor,
    customer_values: Mapping[str, Any] | None = None,
    client_key: str = "",
) -> FollowUp:
    """Store a follow-up of a customer, filling in customer data still missing in the same act.

    The same ``client_key`` of the same person gives the follow-up it made the first time.

    Raises:
        NotAllowed: the actor may not record follow-ups for this customer.
        InvalidRecord: with a sentence per field; those of customer data carry the key "customer.<field>". Also where
            the follow-up the key made is gone from the actor's sight: it is not made a second time.
    """
    if client_key and (known := _known(client_key, actor)):
        return known
    try:
        with transaction.atomic():
            if customer_values:
                try:
                    customer = change_record(customer, customer_values, actor=actor)
                except InvalidRecord as error:
                    raise InvalidRecord({f"customer.{key}": text for key, text in error.problems.items()}) from error
            follow_up: FollowUp = create_record(
                record_type("follow_up"), {**values, "customer": str(customer.pk)}, actor=actor
            )
            if client_key:
                follow_up.client_key = _scoped(client_key, actor)
                follow_up.save(update_fields=["client_key"])
            return follow_up
    except IntegrityError:
        # Two deliveries of the same draft at once: the other one was first.
        if client_key and (known := _known(client_key, actor)):
            return known
        raise


def _known(client_key: str, actor: Actor) -> FollowUp | None:
    rows = FollowUp.objects.ungated("sent twice").filter(client_key=_scoped(client_key, actor))
    found: FollowUp | None = rows.select_related("customer").first()
    if found is None:
        return None
    if found.deleted_at is not None:
        raise InvalidRecord(
            {"": _("这条跟进已经存过一次，后来被删除了，所以没有再存。要用它请在回收站恢复，或者重新写一条。")}
        )
    if not allows(actor, "view", found):
        raise InvalidRecord({"": _("这条跟进已经存过一次，客户后来转给了别人，所以没有再存。")})
    return found


def _scoped(client_key: str, actor: Actor) -> str:
    """One person's key cannot take another's."""
    return f"{actor.user_id or 0}:{client_key}"[:64]
