"""Deleting records where somebody has to agree first."""

from collections.abc import Sequence
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.records.operations import NeedsApproval, register_deletion_guard
from kezhi.records.registry import RecordType
from kezhi.work.approval_flows import live_flows
from kezhi.work.approval_requests import DELETION
from kezhi.work.operations.approvals import needs_approval
from kezhi.work.operations.tasks import About

MOST = 200


def first_to_approve(record_type: RecordType, ids: Sequence[int], actor: Actor) -> int | None:
    """The first of these records whose deletion somebody has to agree to; None where all may go."""
    flows = live_flows(DELETION)
    if actor.user_id is None or not flows:
        return None
    if len(ids) > MOST:
        # Too many to look at one by one: whatever might need somebody's agreement does.
        return ids[0] if any(flow.definition.record_type in ("", record_type.key) for flow in flows) else None
    for record_id in ids:
        about = About(record_type.key, record_id, "")
        if needs_approval(DELETION, requester_id=actor.user_id, about=about):
            return record_id
    return None


def _guard(record_type: RecordType, ids: Sequence[int], actor: Actor) -> None:
    if first_to_approve(record_type, ids, actor) is None:
        return
    if len(ids) > MOST:
        message = _("删除要先审批，一次最多提交 %(count)s 条。") % {"count": MOST}
        raise NeedsApproval(message, url="", subject=record_type.key, action="delete")
    query = urlencode({"act": DELETION, "type": record_type.key, "ids": ",".join(map(str, ids))})
    url = f"{reverse('work:approval_new')}?{query}"
    raise NeedsApproval(_("删除要先审批，请提交审批。"), url=url, subject=record_type.key, action="delete")


register_deletion_guard(_guard)
