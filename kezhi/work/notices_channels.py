"""Channels: the ways a notification leaves the app (mail, robots, SMS). Apps above register theirs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.access.models import User

Text = str | Promise

APP = "app"


class ChannelDown(Exception):
    """The channel cannot be reached or fails for everybody; the message says how, in words for an administrator.

    Tried again with growing delay, then the person's next channel is used and administrators are told.
    """


class AddressRefused(Exception):
    """The channel works but does not take this address; the message says why. Not tried again; the person is told."""


@dataclass(frozen=True, slots=True)
class OutgoingLine:
    """One notification as it leaves: in the recipient's language, masked as the recipient may see it.

    ``url`` and ``act_url`` are whole addresses where the installation knows its own, else paths. ``about`` is the
    record it is about, its type and id, so that channels through others' servers know whose names to mask. ``answers``
    is the notification an answer to the message acts on, where there is one. ``more_url`` leads to whatever else can be
    done about it: finishing, postponing, handing over.
    """

    title: str
    why: str
    url: str
    act_label: str
    act_url: str
    due_at: datetime | None
    urgency: str
    kind: str
    about: tuple[str, int] | None = None
    answers: int | None = None
    more_label: str = ""
    more_url: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message for one person through one channel: one notification, or a digest of several.

    ``key`` is the same for every attempt (letters and digits): a mail's Message-ID, a webhook's id.
    """

    key: str
    user_id: int
    address: str
    language: str
    subject: str
    lines: Sequence[OutgoingLine]
    is_digest: bool
    inbox_url: str


class Channel(Protocol):
    """A way to somebody. ``key`` is stored in rows and never changes."""

    key: str
    label: Text

    def is_ready(self) -> bool:
        """Whether an administrator has set it up; asked often, so it must be cheap."""
        ...

    def address_of(self, user: User) -> str:
        """Where it reaches this person; "" if nowhere. Must not query."""
        ...

    def send(self, outgoing: Outgoing) -> None:
        """Hand the message over; outside any transaction, within a minute.

        Raises:
            ChannelDown: try again later, or another channel.
            AddressRefused: never try this address again with this message.
        """
        ...


class AppChannel:
    """The inbox itself: what is stored has arrived."""

    key = APP
    label: Text = _("应用内")

    def is_ready(self) -> bool:
        return True

    def address_of(self, user: User) -> str:
        return user.username

    def send(self, outgoing: Outgoing) -> None:
        """Nothing to do: the row is there."""


_channels: dict[str, tuple[int, Channel]] = {}


def register_channel(channel: Channel, *, order: int) -> None:
    """Make a channel known; ``order`` is where it stands for people who have not chosen an order."""
    _channels[channel.key] = (order, channel)


def find_channel(key: str) -> Channel | None:
    """The channel of this key, ready or not."""
    found = _channels.get(key)
    return found[1] if found else None


def channels() -> list[Channel]:
    """Every registered channel in its order, the app first."""
    return [channel for _order, channel in sorted(_channels.values(), key=lambda row: (row[0], row[1].key))]


def outside_channels() -> list[Channel]:
    """The channels that leave the app and are set up, in their order."""
    return [channel for channel in channels() if channel.key != APP and channel.is_ready()]


register_channel(AppChannel(), order=0)
