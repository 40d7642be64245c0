"""Short messages after an act, with Undo: "已把 4 位客户转给孙悦  [撤销]"."""

from dataclasses import dataclass

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest
from django.utils.functional import Promise

_LEVELS = {
    "done": messages.SUCCESS,
    "info": messages.INFO,
    "warning": messages.WARNING,
    "danger": messages.ERROR,
}
_TONES = {level: tone for tone, level in _LEVELS.items()}


def toast(request: HttpRequest, text: str | Promise, *, undo_url: str = "", tone: str = "done") -> None:
    """Show a message with the next answer: after a redirect, or at once when htmx asked.

    ``undo_url`` takes a POST; tones: done, info, warning, danger.
    """
    messages.add_message(request, _LEVELS[tone], str(text), extra_tags=undo_url)


@dataclass(frozen=True, slots=True)
class Toast:
    """A message as the page shows it."""

    text: str
    tone: str
    undo_url: str = ""

    def as_dict(self) -> dict[str, str]:
        """For the script, in an answer's header."""
        return {"text": self.text, "tone": self.tone, "undo": self.undo_url}


def as_toast(message: Message) -> Toast:
    """A message of Django's as a toast; its extra tags hold the address that undoes the act."""
    tags = message.extra_tags or ""
    return Toast(str(message.message), _TONES.get(message.level, "info"), tags if tags.startswith("/") else "")


def waiting_toasts(request: HttpRequest) -> list[Toast]:
    """The messages waiting for this reader, taken off the pile."""
    if not hasattr(request, "_messages"):
        return []
    return [as_toast(message) for message in messages.get_messages(request)]
