"""Where the inbox shows besides its page: Today, the frame's counts, the health page; and what ends with a task."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kezhi.access.actors import Actor
from kezhi.access.settings_sections import register_section as register_settings_page
from kezhi.core.clock import local
from kezhi.core.health import HealthState, register_health_check
from kezhi.work.approval_notices import KIND as APPROVAL
from kezhi.work.changes import on_tasks_changed
from kezhi.work.inbox import MOST_COUNTED, capped, count_unread, lines_of
from kezhi.work.inbox_acts import mine
from kezhi.work.inbox_rows import Line
from kezhi.work.models import Notification, Task
from kezhi.work.notices_outages import channel_name, open_outages
from kezhi.work.notices_storing import close
from kezhi.work.today import Act, Decision, Section, due_words, register_section

_MOST = 10


def unread_words(actor: Actor) -> tuple[str, str]:
    """How many are unread, as the bell shows it ("" for none), and in words."""
    number = count_unread(actor)
    shown = str(capped(number)) if number else ""
    return shown, ngettext("%(count)s 条未读", "%(count)s 条未读", number) % {"count": shown}


def _asked_of_me(actor: Actor) -> Section | None:
    """What else asks for an act: tasks and approvals stand in sections of their own."""
    if actor.user_id is None:
        return None
    rows = (
        mine(actor)
        .filter(state=Notification.State.WAITING, needs_action=True)
        .exclude(about_type="task")
        .exclude(source_type=APPROVAL)
        .order_by("urgency", "-at", "-id")
    )
    found = list(rows[: _MOST + 1])
    shown = [_decision(line) for line in lines_of(found[:_MOST], actor) if not line.is_hidden]
    count = len(shown) if len(found) <= _MOST else rows[:MOST_COUNTED].count()
    return Section("asked", gettext_lazy("等您处理"), shown, count, "/inbox/")


def _decision(line: Line) -> Decision:
    row = line.row
    state, words = due_words(row.due_at, moment=line.moment)
    if row.due_at is None:
        state, words = "planned", f"{local(row.at):%m-%d %H:%M}"
    act = (
        Act(row.act_label or _("打开"), row.act_url, sheet=row.act_sheet)
        if row.act_url
        else Act(_("打开"), line.open_url or "/inbox/")
    )
    return Decision(
        state=state,
        when=words,
        title=line.title,
        url=line.open_url or "/inbox/",
        why=line.why,
        act=act,
        person=line.stands_in_for,
        more=(Act(_("推迟"), f"/inbox/postpone/?ids={row.pk}", sheet=True),),
    )


@on_tasks_changed
def tasks_ended(tasks: Sequence[Task]) -> None:
    """What is told about a task that is over leaves every inbox."""
    over = [task.pk for task in tasks if task.state != Task.State.OPEN or task.deleted_at is not None]
    if not over:
        return
    rows = Notification.objects.filter(about_type="task", about_id__in=over)
    ids = list(rows.exclude(state=Notification.State.DONE).values_list("pk", flat=True))
    if ids:
        close(ids)


def _channels_work() -> tuple[HealthState, str]:
    down = open_outages()
    if not down:
        return HealthState.OK, _("通知通道都能用。")
    names = _("、").join(channel_name(outage.channel) for outage in down)
    return HealthState.BAD, _("不通的通道：%(names)s。最近的错误：%(error)s") % {
        "names": names,
        "error": down[0].error or "—",
    }


register_section(_asked_of_me, order=5)
register_settings_page(
    "deliveries", gettext_lazy("消息送达"), "inbox", "work:deliveries", "health.view", 96,
    group="system", help=gettext_lazy("各通道发了多少、没送到多少、为什么，以及再发一次。"),
)  # fmt: skip
register_health_check("channels", gettext_lazy("通知通道"), _channels_work)
