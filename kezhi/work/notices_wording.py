"""Messages as they leave the app: in the recipient's language, with whole addresses, and nothing hidden in them."""

from collections.abc import Callable, Sequence

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kezhi.access.actors import user_actor
from kezhi.access.models import User
from kezhi.core.figures import text_figure
from kezhi.work.models import Notification
from kezhi.work.notices_answers import is_answerable
from kezhi.work.notices_channels import Channel, Outgoing, OutgoingLine
from kezhi.work.notices_figures import ADDRESS
from kezhi.work.notices_showing import hidden_ids

ActLink = Callable[[Notification, User], str]
AboutOf = Callable[[Notification], tuple[str, int] | None]

_act_links: dict[str, ActLink] = {}
_abouts: dict[str, AboutOf] = {}


def register_act_link(source_type: str, make: ActLink) -> None:
    """Let ``make`` give the address a mail offers for acting on notices of this source ("": the usual one)."""
    _act_links[source_type] = make


def register_about(kind: str, find: AboutOf) -> None:
    """Let ``find`` say which record a notice of this kind speaks of where it names none itself.

    Its recipient need not see that record; channels through others' servers mask the names it knows.
    """
    _abouts[kind] = find


def compose(rows: Sequence[Notification], user: User, *, key: str, address: str) -> Outgoing | None:
    """The message for one notification or several; None where the recipient may see nothing of it any more."""
    hidden = hidden_ids(rows, user_actor(user.pk, door="job"))
    shown = sorted((row for row in rows if row.pk not in hidden), key=lambda row: (row.urgency, row.pk))
    if not shown:
        return None
    with translation.override(user.language):
        lines = [_line(row, user, address) for row in shown]
        subject = lines[0].title
        if len(rows) > 1:
            words = ngettext("有 %(count)s 件事等您处理", "有 %(count)s 件事等您处理", len(shown))
            subject = words % {"count": len(shown)}
    return Outgoing(
        key=key,
        user_id=user.pk,
        address=address,
        language=user.language,
        subject=subject,
        lines=lines,
        is_digest=len(rows) > 1,
        inbox_url=whole_address("/inbox/"),
    )


def _line(row: Notification, user: User, address: str) -> OutgoingLine:
    title = row.title
    if row.count > 1 and str(row.count) not in title:
        title = _("%(title)s（共 %(count)s 条）") % {"title": title, "count": row.count}
    act_url = row.act_url
    if row.needs_action and "@" in address and row.source_type in _act_links:
        # A mail is somebody's own; what a robot says may be read by a whole group.
        act_url = _act_links[row.source_type](row, user) or act_url
    return OutgoingLine(
        title=title,
        why=row.why,
        url=whole_address(f"/inbox/{row.pk}/open/"),
        act_label=row.act_label,
        act_url=whole_address(act_url) if act_url else "",
        due_at=row.due_at,
        urgency=Notification.Urgency(row.urgency).name.lower(),
        kind=row.kind,
        about=_about(row),
        more_label=_more_label(row),
        more_url=whole_address(f"/inbox/{row.pk}/"),
        answers=row.pk if is_answerable(row) else None,
    )


def _more_label(row: Notification) -> str:
    """What else there is to do about a line, as its own page offers it."""
    goes_by_its_act = row.needs_action and bool(row.source_type)
    can_be_given = row.source_type in _act_links if goes_by_its_act else bool(row.about_type)
    if goes_by_its_act:
        return _("推迟或转交") if can_be_given else _("推迟")
    return _("完成、推迟或转交") if can_be_given else _("完成或推迟")


def _about(row: Notification) -> tuple[str, int] | None:
    if row.about_type and row.about_id:
        return row.about_type, row.about_id
    return _abouts[row.kind](row) if row.kind in _abouts else None


def refused_words(user: User, channel: Channel, address: str, reason: str) -> tuple[str, str]:
    """What somebody is told whose address a channel does not take: title and second line."""
    with translation.override(user.language):
        title = _("发往 %(address)s 的通知没能送达（%(channel)s）") % {"address": address, "channel": channel.label}
        why = _("对方说：%(reason)s。请核对地址，或改用别的通道。") % {"reason": reason}
    return title, why


def whole_address(path: str) -> str:
    """A path as others can open it: with the installation's own address, where that is known."""
    if not path.startswith("/"):
        return path
    public = [address for address in settings.CSRF_TRUSTED_ORIGINS if "*" not in address]
    own = text_figure(ADDRESS.key) or next(iter(public), "") or settings.SERVED_AT
    return f"{own.rstrip('/')}{path}"
