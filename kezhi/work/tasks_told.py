"""Telling people about tasks that others gave them (UX-5).

Whatever way a task goes to somebody (made for them, handed over, given in a list, on a page, by API), this is
the one place that says so. What a rule gives is on Today; whether it also tells stands in the rule.
"""

from collections import defaultdict
from collections.abc import Sequence

from django.utils import translation
from django.utils.translation import gettext

from kezhi.records.behaviour import Draft
from kezhi.work.models import Notification, Task
from kezhi.work.notices import About, Notice, languages_of, notify
from kezhi.work.notices_storing import close

_PEOPLE = ("user", "token")


def tell_owners(drafts: Sequence[Draft]) -> None:
    """Tell whoever has got an open task from somebody else, once; and tell the one who had it nothing more.

    Many tasks of one act are one line in the inbox.
    """
    moved = [draft for draft in drafts if draft.changed("owner") and draft.record.state == Task.State.OPEN]
    _leave_inboxes(moved)
    wanted = [
        draft
        for draft in moved
        if draft.actor.ref.kind in _PEOPLE and draft.record.owner_id not in (None, draft.actor.user_id)
    ]
    if not wanted:
        return
    languages = languages_of({draft.record.owner_id for draft in wanted})
    notices = [_notice(draft, languages.get(draft.record.owner_id, "zh-hans")) for draft in wanted]
    notify(notices, actor=wanted[0].actor)


def _leave_inboxes(moved: Sequence[Draft]) -> None:
    owners: dict[int, list[int]] = defaultdict(list)
    for draft in moved:
        if not draft.is_new:
            owners[draft.record.owner_id].append(draft.record.pk)
    for owner_id, ids in owners.items():
        rows = Notification.objects.filter(about_type="task", about_id__in=ids).exclude(user_id=owner_id)
        close(rows.exclude(state=Notification.State.DONE).values_list("pk", flat=True))


def _notice(draft: Draft, language: str) -> Notice:
    task: Task = draft.record
    names = {"name": draft.actor.ref.label, "title": task.title}
    with translation.override(language):
        if draft.is_new:
            title = gettext("%(name)s 给您安排了任务：%(title)s") % names
            group_title = gettext("%(name)s 给您安排了 %%(count)s 个任务") % _counting(names)
        else:
            title = gettext("%(name)s 把任务转交给您：%(title)s") % names
            group_title = gettext("%(name)s 转交给您 %%(count)s 个任务") % _counting(names)
    return Notice(
        kind="assigned",
        user_id=draft.record.owner_id,
        title=title,
        why=str(draft.facts.get("note") or task.about_title),
        url=f"/tasks/{task.pk}/",
        about=About("task", task.pk, task.title),
        due_at=task.due_at,
        group_key=f"task:{draft.actor.ref.operation}",
        group_title=group_title,
        group_url="/tasks/",
    )


def _counting(names: dict[str, str]) -> dict[str, str]:
    return {"name": names["name"].replace("%", "%%")}
