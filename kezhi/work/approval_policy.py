"""Who sees an approval: the requester, those above them, approvers and who was copied; nobody else."""

from django.db.models import Q

from kezhi.access.actors import Actor
from kezhi.access.policies import Policy, register_policy
from kezhi.work.models.approvals import Approval, ApprovalParty


class ApprovalPolicy(Policy[Approval]):
    """Taking part is the right; no role grants more, and a token needs ``approval.view`` or ``approval.edit``."""

    def __init__(self) -> None:
        super().__init__("approval", owner_path="requester_id")

    def visible(self, actor: Actor, action: str = "view") -> Q:
        if actor.rights.everything:
            return Q()
        if not within_limits(actor, action) or actor.user_id is None:
            return Q(pk__in=())
        if action == "withdraw":
            return Q(requester_id=actor.user_id)
        # Their own approvals are found once by the index, instead of looking for them row by row.
        taking_part = ApprovalParty.objects.filter(user_id__in=actor.rights.own_ids)
        return Q(requester_id__in=actor.rights.above_ids) | Q(pk__in=taking_part.values("approval_id"))

    def allows(self, actor: Actor, action: str, record: Approval) -> bool:
        return Approval.objects.ungated("policy").filter(self.visible(actor, action), pk=record.pk).exists()


def within_limits(actor: Actor, action: str) -> bool:
    """Whether a token may look at (``view``) or act on (anything else) approvals; people always may."""
    if actor.limits is None or "*" in actor.limits:
        return True
    return f"approval.{'view' if action == 'view' else 'edit'}" in actor.limits


register_policy(Approval, ApprovalPolicy())
