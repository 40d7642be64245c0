"""What approvals tell people: who is asked, who asked, who is copied. Everything in the reader's own language."""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kezhi.access.actors import Actor, user_actor
from kezhi.access.rights import organisation
from kezhi.core.values.money import format_money
from kezhi.work.approval_acts import find_act
from kezhi.work.approval_titles import named_about, unseen_by, veiled_title
from kezhi.work.models.approvals import Approval, ApprovalState, ApprovalStep, PartyRole
from kezhi.work.models.notifications import Notification
from kezhi.work.notices import Notice, languages_of, notify, settle
from kezhi.work.notices_wording import register_about

KIND = "approval"
_ADDRESS = re.compile(r"/approvals/(\d{1,18})/")


def ask(approval: Approval, step: ApprovalStep, actor: Actor) -> None:
    """Tell an approver (and through the inbox their stand-in) that they are asked."""
    ask_many([(approval, step)], actor)


def ask_many(asked: Sequence[tuple[Approval, ApprovalStep]], actor: Actor) -> None:
    """Tell many approvers at once."""

    def write(approval: Approval, title: str, about: str, step: ApprovalStep) -> Notice:
        return Notice(
            kind=KIND,
            user_id=step.user_id,
            title=_("%(who)s 申请：%(title)s") % {"who": _requester(approval), "title": title},
            why=_why(approval, about),
            url=address(approval),
            urgency="high",
            source=(KIND, approval.pk),
            needs_action=True,
            act_label=pgettext("verb", "审批"),
            act_url=reverse("work:approval_decision", args=[approval.pk]),
            act_sheet=True,
            due_at=step.due_at,
        )

    _tell_many([(approval, step.user_id, partial(write, step=step)) for approval, step in asked], actor)


def ask_stand_in(approval: Approval, step: ApprovalStep, stand_in: int, actor: Actor) -> None:
    """Tell whoever stands in from today that this waits for them."""

    def write(user_id: int, title: str) -> Notice:
        return Notice(
            kind=KIND,
            user_id=user_id,
            title=_("%(who)s 申请：%(title)s") % {"who": _requester(approval), "title": title},
            why=_("您替 %(whom)s 审批") % {"whom": organisation().user_names.get(step.user_id, "")},
            url=address(approval),
            urgency="high",
            source=(KIND, approval.pk),
            needs_action=True,
            act_label=pgettext("verb", "审批"),
            act_url=reverse("work:approval_decision", args=[approval.pk]),
            act_sheet=True,
            due_at=step.due_at,
            once_key=f"approval-step-{step.pk}-stand-in-{user_id}",
        )

    _tell([stand_in], approval, write, actor)


def remind(approval: Approval, user_ids: Sequence[int], actor: Actor) -> None:
    """Tell those who are waited for once more."""

    def write(user_id: int, title: str) -> Notice:
        return Notice(
            kind=KIND,
            user_id=user_id,
            title=_("%(who)s 催办：%(title)s") % {"who": _requester(approval), "title": title},
            why=_why(approval),
            url=address(approval),
            urgency="high",
            source=(KIND, approval.pk),
        )

    _tell(user_ids, approval, write, actor)


def copied(approval: Approval, user_ids: Sequence[int], actor: Actor) -> None:
    """Tell people that they were copied."""
    copied_many([(approval, user_id) for user_id in user_ids], actor)


def copied_many(copies: Sequence[tuple[Approval, int]], actor: Actor) -> None:
    """Tell many people at once that they were copied."""

    def write(approval: Approval, title: str, about: str, user_id: int) -> Notice:
        return Notice(
            kind=KIND,
            user_id=user_id,
            title=_("抄送给您：%(title)s") % {"title": title},
            why=_("%(who)s 提交的审批") % {"who": _requester(approval)},
            url=address(approval),
            urgency="low",
        )

    _tell_many([(approval, user_id, partial(write, user_id=user_id)) for approval, user_id in copies], actor)


def commented(approval: Approval, user_ids: Sequence[int], actor: Actor) -> None:
    """Tell those who take part that somebody said something."""

    def write(user_id: int, title: str) -> Notice:
        return Notice(
            kind=KIND,
            user_id=user_id,
            title=_("%(who)s 评论了审批：%(title)s") % {"who": actor.ref.label, "title": title},
            url=address(approval),
            urgency="low",
            group_key=f"approval-{approval.pk}-comments",
            group_title=_("%(count)s 条审批评论"),
            group_url=address(approval),
        )

    _tell(user_ids, approval, write, actor)


def changed(approval: Approval, user_ids: Sequence[int], actor: Actor) -> None:
    """Tell those who agreed already that the record changed since and that the change was confirmed."""

    def write(user_id: int, title: str) -> Notice:
        return Notice(
            kind=KIND,
            user_id=user_id,
            title=_("您同意过的审批内容有变动：%(title)s") % {"title": title},
            why=_("%(who)s 已确认变动后的内容") % {"who": actor.ref.label},
            url=address(approval),
        )

    _tell(user_ids, approval, write, actor)


def over(approval: Approval, actor: Actor, words: str) -> None:
    """It is decided: nothing waits in inboxes any more, the requester and those copied hear of it."""
    settle(KIND, approval.pk)

    def write(user_id: int, title: str) -> Notice:
        return Notice(
            kind=KIND,
            user_id=user_id,
            title=_OUTCOMES[approval.state]() % {"title": title},
            why=words[:200] if user_id == approval.requester_id else "",
            url=address(approval),
            urgency="normal" if user_id == approval.requester_id else "low",
            once_key=f"approval-{approval.pk}-over",
        )

    people = list(approval.parties.filter(role=PartyRole.COPIED).values_list("user_id", flat=True))
    if approval.state != ApprovalState.WITHDRAWN:
        people.append(approval.requester_id)
    _tell([user for user in dict.fromkeys(people) if user != actor.user_id], approval, write, actor)


def taken_off(approval: Approval, user_ids: Sequence[int]) -> None:
    """These people are not asked any more."""
    settle(KIND, approval.pk, user_ids=user_ids)


def address(approval: Approval) -> str:
    """The page of an approval."""
    return reverse("work:approval", args=[approval.pk])


_OUTCOMES: dict[str, Callable[[], str]] = {
    ApprovalState.APPROVED: lambda: _("审批通过：%(title)s"),
    ApprovalState.REFUSED: lambda: _("审批被驳回：%(title)s"),
    ApprovalState.WITHDRAWN: lambda: _("审批已撤回：%(title)s"),
    ApprovalState.FAILED: lambda: _("审批通过，但没能执行：%(title)s"),
}


def _tell(user_ids: Sequence[int], approval: Approval, write: Callable[[int, str], Notice], actor: Actor) -> None:
    def one(approval: Approval, title: str, about: str, user_id: int) -> Notice:
        return write(user_id, title)

    _tell_many([(approval, user_id, partial(one, user_id=user_id)) for user_id in user_ids], actor)


def _tell_many(told: Sequence[tuple[Approval, int, Callable[[Approval, str, str], Notice]]], actor: Actor) -> None:
    """Write to each in their language and without the names of records they may not see."""
    languages = languages_of({user_id for _approval, user_id, _write in told})
    per_user: dict[int, list[Approval]] = defaultdict(list)
    for approval, user_id, _write in told:
        per_user[user_id].append(approval)
    unseen = {user_id: unseen_by(approvals, user_actor(user_id)) for user_id, approvals in per_user.items()}
    notices = []
    for approval, user_id, write in told:
        with translation.override(languages.get(user_id, "zh-hans")):
            number = unseen[user_id].get(approval.pk)
            if number is None:
                notices.append(write(approval, approval.title, named_about(approval)))
            else:
                notices.append(write(approval, veiled_title(approval, number), ""))
    if notices:
        notify(notices, actor=actor)


def _requester(approval: Approval) -> str:
    return organisation().user_names.get(approval.requester_id, "")


def _why(approval: Approval, about: str = "") -> str:
    """What kind of act, for how much, and about which record, in one line."""
    act = find_act(approval.act)
    amount = format_money(approval.amount) if approval.amount is not None else ""
    return " · ".join(part for part in (str(act.label) if act is not None else "", amount, about) if part)


def _record_of(row: Notification) -> tuple[str, int] | None:
    """The record behind a line about an approval, which its reader need not see."""
    found = _ADDRESS.fullmatch(row.url)
    if found is None:
        return None
    approval = Approval.objects.ungated("names to mask").filter(pk=int(found[1])).first()
    if approval is None or approval.about_id is None:
        return None
    return approval.about_type, approval.about_id


register_about(KIND, _record_of)
