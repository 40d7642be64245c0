# zh-data: the words people answer with
"""Deciding by answering the mail: “同意”, or “驳回” and the reason, on the first line (AUTO-1).

Whoever calls has made sure that the mail comes from the approver. Only the step that mail was about is decided, only
while it waits, and never where the record changed since: that is to be looked at.
"""

import re
import unicodedata

from django.utils import translation
from django.utils.translation import gettext as _

from kezhi.access.actors import user_actor
from kezhi.access.models import User
from kezhi.access.rights import organisation, stand_ins
from kezhi.work.approval_notices import KIND, address
from kezhi.work.approval_titles import for_reader
from kezhi.work.models.approvals import Approval, ApprovalStep, StepState
from kezhi.work.models.notifications import Notification
from kezhi.work.notices import Notice, notify
from kezhi.work.notices_answers import register_answer
from kezhi.work.operations.approvals import ApprovalChanged, ApprovalProblem, Verdict, decide

_YES = frozenset({"同意", "批准", "approve", "approved", "agree", "agreed"})
_NO = re.compile(
    r"(?:驳回|不同意|拒绝|rejected|reject|refused|refuse)(?![a-z])[\s:：,，.;；、。!！-]*(.*)", re.IGNORECASE
)
_EDGES = " \t.,;:!。、~-"


def read_verdict(words: str) -> tuple[Verdict, str] | None:
    """What an answer says: the verdict and the reason. None where it is not plain: “同意，但是…” decides nothing."""
    lines = [line.strip() for line in words.splitlines()]
    while lines and not lines[0]:
        lines.pop(0)
    if not lines:
        return None
    if unicodedata.normalize("NFKC", lines[0]).strip(_EDGES).lower() in _YES:
        return "approve", ""
    refused = _NO.fullmatch(lines[0])
    if refused is None:
        return None
    reason = [refused[1]]
    for line in lines[1:]:
        if not line or line == "--":
            break
        reason.append(line)
    return "refuse", " ".join(part for part in reason if part)


def take(row: Notification, user: User, words: str) -> None:
    """Decide as the answer says, with the person's rights of today, and tell them what became of it."""
    approval = Approval.objects.ungated("answered by mail").filter(pk=row.source_id or 0).first()
    if approval is None or user.pk not in organisation().active_ids:
        return
    actor = user_actor(user.pk, door="mail")
    with translation.override(user.language):
        said = _decide(row, approval, words, user)
        for_reader([approval], actor)
        why = _("%(title)s（按您对邮件的回复）") % {"title": approval.title}
        told = Notice(kind=KIND, user_id=user.pk, title=said, why=why, url=address(approval))
    notify([told], actor=actor)


def _decide(row: Notification, approval: Approval, words: str, user: User) -> str:
    verdict = read_verdict(words)
    if verdict is None:
        return _("没看懂您的回复，没有审批：第一行请只写“同意”，或写“驳回”加原因")
    step = _step(row, approval, user)
    if step is None:
        return _("这封邮件要您审批的那一步已经处理过，回复没有生效")
    try:
        decide(step, verdict[0], actor=user_actor(user.pk, door="mail"), reason=verdict[1])
    except ApprovalChanged:
        return _("提交之后内容有变动，没有按您的回复审批，请打开看过变动再决定")
    except ApprovalProblem as refused:
        return _("没有按您的回复审批：%(problem)s") % {"problem": str(refused.message).rstrip("。")}
    return _("已按您的回复同意") if verdict[0] == "approve" else _("已按您的回复驳回")


def _step(row: Notification, approval: Approval, user: User) -> ApprovalStep | None:
    """The step that mail asked about: a later one of the same person has a mail of its own."""
    wanted = {user.pk} | {away for away, stand_in in stand_ins().items() if stand_in == user.pk}
    steps = approval.steps.filter(state=StepState.WAITING, user_id__in=wanted, waiting_since__lte=row.created_at)
    return steps.order_by("pk").first()


register_answer(KIND, take)
