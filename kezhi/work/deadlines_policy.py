"""Who sees a deadline: whoever sees its record; about what is no record, its owner and those above the owner."""

from django.db.models import Exists, OuterRef, Q

from kezhi.access.actors import Actor
from kezhi.access.policies import Policy, register_policy
from kezhi.records.registry import record_types
from kezhi.work.models.deadlines import Deadline


class DeadlinePolicy(Policy[Deadline]):
    """Asks the policy of the record, row by row, so that it costs no more where there are many records."""

    def visible(self, actor: Actor, action: str = "view") -> Q:
        known = list(record_types())
        where = Q(owner_id__in=actor.rights.above_ids) & ~Q(record_type__in=[one.key for one in known])
        for record_type in known:
            if actor.allows(record_type.key, action):
                records = record_type.model.objects.visible_to(actor, action).filter(pk=OuterRef("record_id"))
                where |= Q(Exists(records.order_by()), record_type=record_type.key)
        return where

    def owner_id(self, record: Deadline) -> int | None:
        return record.owner_id

    def allows(self, actor: Actor, action: str, record: Deadline) -> bool:
        return Deadline.objects.visible_to(actor, action).filter(pk=record.pk).exists()


POLICY = DeadlinePolicy("deadline")
register_policy(Deadline, POLICY)
