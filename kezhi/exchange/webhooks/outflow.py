"""Personal data leaves only where a department manager approved these fields for this destination (AUTO-9).

Whoever runs a rule or a subscription asks; the head of their department, or of one above it, decides. Nobody approves
their own request unless they head the whole company. Webhooks and rules use the same rows (:data:`Source`).
"""

from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.operations.problems import Refused
from kezhi.access.policies import NotAllowed, require_area
from kezhi.access.rights import organisation
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.core.events import EventDraft, EventKind, Json, record_event
from kezhi.exchange import kinds
from kezhi.exchange.gate import EPOCH
from kezhi.exchange.models import GrantState, OutflowGrant, Source
from kezhi.exchange.webhooks import alerts
from kezhi.exchange.webhooks.payloads import personal_fields
from kezhi.records.registry import record_types
from kezhi.work.notices import settle


@transaction.atomic
def ask_outflow(
    source: Source,
    source_id: int,
    source_name: str,
    destination: str,
    fields: Sequence[str],
    purpose: str,
    *,
    actor: Actor,
) -> OutflowGrant:
    """Ask that a rule or subscription may carry these personal fields to this host or mail domain; managers are told.

    Raises:
        NotAllowed: the actor may not look after webhooks, or rules.
        Refused: no field, no purpose, or nobody who could approve.
    """
    require_asker(source, actor)
    if actor.user_id is None:
        raise NotAllowed(subject="settings", action="channels")
    wanted = sorted(set(fields) & {key for key, _label in personal_fields(record_types())})
    if not wanted:
        raise Refused({"fields": _("请至少选一个字段。")})
    if not purpose.strip():
        raise Refused({"purpose": _("请写明用途，审批人要看。")})
    approvers = approvers_for(actor.user_id)
    if not approvers:
        raise Refused({"": _("您的部门和上级部门都没有负责人，没有人能批准。请先在“部门与职位”里设置负责人。")})
    grant = OutflowGrant.objects.create(
        source=source,
        source_id=source_id,
        source_name=source_name[:120],
        destination=destination.lower()[:255],
        fields=wanted,
        purpose=purpose.strip()[:200],
        asked_by_id=actor.user_id,
        asked_at=now(),
    )
    _note(kinds.OUTFLOW_ASKED, grant, actor)
    alerts.tell_asked(grant, approvers, actor=actor)
    return grant


@transaction.atomic
def decide_outflow(grant: OutflowGrant, *, is_approved: bool, actor: Actor) -> OutflowGrant:
    """Approve or refuse a request, once.

    Raises:
        NotAllowed: the actor is no manager above whoever asked.
        Refused: it was decided already.
    """
    if not may_decide(grant, actor):
        raise NotAllowed(_("只有申请人所在部门或上级部门的负责人可以审批"))
    state = GrantState.APPROVED if is_approved else GrantState.REFUSED
    changed = OutflowGrant.objects.filter(pk=grant.pk, state=GrantState.ASKED).update(
        state=state, approver_id=actor.user_id, decided_at=now()
    )
    if not changed:
        raise Refused({"": _("这个申请已经有人处理过了。")})
    grant.refresh_from_db()
    epochs.bump(EPOCH)
    _note(kinds.OUTFLOW_DECIDED, grant, actor)
    settle(alerts.OUTFLOW, grant.pk)
    alerts.tell_decided(grant, actor=actor)
    return grant


@transaction.atomic
def end_outflow(grant: OutflowGrant, *, actor: Actor) -> OutflowGrant:
    """Take an approval, or a request not yet decided, back; from now on these fields are masked again.

    Raises:
        NotAllowed: the actor neither decides about it nor looks after channels.
        Refused: it is not in force.
    """
    if not (may_decide(grant, actor) or actor.allows("settings", "channels")):
        raise NotAllowed(subject="settings", action="channels")
    changed = OutflowGrant.objects.filter(pk=grant.pk, state__in=(GrantState.ASKED, GrantState.APPROVED)).update(
        state=GrantState.REVOKED, ended_by_id=actor.user_id, ended_at=now()
    )
    if not changed:
        raise Refused({"": _("它已经不在生效。")})
    grant.refresh_from_db()
    epochs.bump(EPOCH)
    _note(kinds.OUTFLOW_ENDED, grant, actor)
    settle(alerts.OUTFLOW, grant.pk)
    return grant


def end_all(source: Source, source_id: int, *, actor: Actor) -> None:
    """Take back everything in force or asked for a rule or subscription that is removed."""
    rows = OutflowGrant.objects.filter(
        source=source, source_id=source_id, state__in=(GrantState.ASKED, GrantState.APPROVED)
    )
    for grant in rows:
        end_outflow(grant, actor=actor)


def require_asker(source: str, actor: Actor) -> None:
    """Raise NotAllowed unless the actor may ask for a rule, or for a webhook."""
    if source == Source.RULE:
        require_area(actor, "automation", "edit")
    else:
        require_area(actor, "settings", "channels")


def may_decide(grant: OutflowGrant, actor: Actor) -> bool:
    """Whether the actor is a manager who decides about this request."""
    return actor.user_id is not None and actor.user_id in approvers_for(grant.asked_by_id)


def approvers_for(user_id: int) -> list[int]:
    """The active heads of somebody's department and of those above it, the nearest first, without themself.

    Somebody who heads the topmost of these departments has nobody above and decides alone.
    """
    people = organisation()
    path = people.department_paths.get(people.user_departments.get(user_id, 0), "")
    upward = [int(key) for key in reversed(path.strip("/").split("/")) if key]
    heads = [people.department_heads[key] for key in upward if key in people.department_heads]
    others = [head for head in dict.fromkeys(heads) if head != user_id and head in people.active_ids]
    if not others and upward and people.department_heads.get(upward[-1]) == user_id:
        return [user_id]
    return others


def _note(kind: EventKind, grant: OutflowGrant, actor: Actor) -> None:
    facts: dict[str, Json] = {
        "source": grant.source,
        "source_id": grant.source_id,
        "name": grant.source_name,
        "destination": grant.destination,
        "fields": list(grant.fields),
        "state": grant.state,
    }
    record_event(EventDraft(kind.key, "outflow", grant.pk, actor.ref, facts=facts))
