"""Approvals, as other apps use them (AUTO-1, DATA-2, SVC-6, SAL-4).

An app registers what may need somebody's agreement, and asks for it where it would otherwise just act::

    register_act(ApprovalAct(key="compensation", label=_("赔付"), perform=pay, has_amount=True))
    request_approval("compensation", title=…, about=About("ticket", 7, …), payload={…}, amount=…, actor=actor)

``perform`` runs once, when the last approver agreed; at once where no flow asks for an approval.
"""

from kezhi.work.approval_acts import ApprovalAct, acts, find_act, register_act, unregister_act
from kezhi.work.approval_chain import Chain, Link, Seat, chain_digest, chain_for
from kezhi.work.approval_course import about_of, read_payload
from kezhi.work.approval_records import digest_of, record_fingerprint
from kezhi.work.operations.approval_moves import add_approver, comment, copy_to, hand_on, remind
from kezhi.work.operations.approvals import (
    ApprovalChanged,
    ApprovalProblem,
    decide,
    needs_approval,
    request_approval,
    withdraw,
)
from kezhi.work.operations.tasks import About

__all__ = [
    "About",
    "ApprovalAct",
    "ApprovalChanged",
    "ApprovalProblem",
    "Chain",
    "Link",
    "Seat",
    "about_of",
    "acts",
    "add_approver",
    "chain_digest",
    "chain_for",
    "comment",
    "copy_to",
    "decide",
    "digest_of",
    "find_act",
    "hand_on",
    "needs_approval",
    "read_payload",
    "record_fingerprint",
    "register_act",
    "remind",
    "request_approval",
    "unregister_act",
    "withdraw",
]
