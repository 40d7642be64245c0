"""Private links to one decision, for mails: random, stored as a keyed digest, expiring, useless once decided."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.urls import reverse

from kezhi.access.actors import user_actor
from kezhi.access.models import User
from kezhi.access.rights import organisation, stand_ins
from kezhi.core.clock import now
from kezhi.core.crypto import blind_index
from kezhi.core.figures import integer_figure
from kezhi.work.approval_notices import KIND
from kezhi.work.models.approvals import Approval, ApprovalLink, ApprovalStep, StepState
from kezhi.work.models.notifications import Notification
from kezhi.work.notices_wording import register_act_link
from kezhi.work.operations.approvals import Verdict, decide

_LONGEST = 100


@dataclass(frozen=True, slots=True)
class FoundLink:
    """A link that is still good, with what it leads to."""

    link: ApprovalLink
    approval: Approval


def make_link(step: ApprovalStep, user_id: int) -> str:
    """The address of a new private link to a step, for one person; only this answer ever holds its token."""
    token = secrets.token_urlsafe(32)
    expires = now() + timedelta(days=integer_figure("approval.link_days"))
    ApprovalLink.objects.create(step=step, user_id=user_id, token_hash=_digest(token), expires_at=expires)
    return reverse("work:approval_link", args=[token])


def find_link(token: str) -> FoundLink | None:
    """The link of a token, unless it expired or its person left."""
    if len(token) > _LONGEST:
        return None
    link = ApprovalLink.objects.select_related("step", "user").filter(token_hash=_digest(token)).first()
    if link is None or link.expires_at <= now() or link.user_id not in organisation().active_ids:
        return None
    approval = Approval.objects.ungated("private link").get(pk=link.step.approval_id)
    return FoundLink(link, approval)


@transaction.atomic
def use_link(found: FoundLink, verdict: Verdict, *, reason: str = "") -> Approval:
    """Decide in the name of the link's person, with their rights of today.

    Raises:
        ApprovalProblem, ApprovalChanged: as :func:`decide`.
    """
    actor = user_actor(found.link.user_id, door="mail")
    approval = decide(found.link.step, verdict, actor=actor, reason=reason)
    ApprovalLink.objects.filter(pk=found.link.pk).update(used_at=now())
    return approval


def _for_mail(notification: Notification, user: User) -> str:
    """The link a mail carries instead of the page's address; "" where nothing waits for this person."""
    wanted = {user.pk} | {away for away, stand_in in stand_ins().items() if stand_in == user.pk}
    steps = ApprovalStep.objects.filter(
        approval_id=notification.source_id or 0, state=StepState.WAITING, user_id__in=wanted
    )
    step = steps.first()
    return make_link(step, user.pk) if step is not None else ""


def _digest(token: str) -> str:
    return blind_index(token, purpose="work.approval_link")


register_act_link(KIND, _for_mail)
