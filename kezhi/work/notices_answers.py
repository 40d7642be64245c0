"""What somebody answers to a mail about something that waits for them: apps say which of their notices take answers."""

from collections.abc import Callable

from kezhi.access.models import User
from kezhi.work.models import Notification

# The notification that was mailed, whose it is, the answer's own words.
TakeAnswer = Callable[[Notification, User, str], None]

_takers: dict[str, TakeAnswer] = {}


def register_answer(source_type: str, take: TakeAnswer) -> None:
    """Let ``take`` act on answers to notices of this source. It tells the person what became of the answer."""
    _takers[source_type] = take


def is_answerable(row: Notification) -> bool:
    """Whether an answer to this notification would be acted on."""
    return row.needs_action and row.source_type in _takers


def find_notification(notification_id: int) -> Notification | None:
    """The notification an answered mail was about, with its person; None where it takes no answers."""
    row = Notification.objects.select_related("user").filter(pk=notification_id).first()
    return row if row is not None and row.source_type in _takers else None


def take_answer(row: Notification, words: str) -> None:
    """Act on an answer, in the caller's transaction. That its sender is ``row.user`` is for the caller to know."""
    _takers[row.source_type](row, row.user, words)
