"""Telling people: the one way anything reaches somebody's inbox and, from there, their other channels (UX-5, AUTO-5).

``notify`` stores notifications in the caller's transaction; what leaves the app does so by job after the commit.
``settle`` takes them off the inbox once what they asked for is done.
"""

from collections.abc import Sequence

from kezhi.access.actors import Actor
from kezhi.work.models import Notification
from kezhi.work.notices_channels import (
    APP,
    AddressRefused,
    Channel,
    ChannelDown,
    Outgoing,
    OutgoingLine,
    channels,
    register_channel,
)
from kezhi.work.notices_kinds import NoticeKind, find_notice_kind, notice_kinds, register_notice_kind
from kezhi.work.notices_sending import put_out
from kezhi.work.notices_storing import Notice, languages_of, settle
from kezhi.work.operations.tasks import About

__all__ = [
    "APP",
    "About",
    "AddressRefused",
    "Channel",
    "ChannelDown",
    "Notice",
    "NoticeKind",
    "Outgoing",
    "OutgoingLine",
    "channels",
    "find_notice_kind",
    "languages_of",
    "notice_kinds",
    "notify",
    "register_channel",
    "register_notice_kind",
    "settle",
]


def notify(notices: Sequence[Notice], *, actor: Actor) -> list[Notification]:
    """Put notices into people's inboxes, in the caller's transaction, and order what leaves through other channels.

    Gives the notifications stored or folded into. People who left get nothing; those away keep theirs, and what needs
    an action also reaches whoever stands in. The inbox says who told: the rule, or the actor's name.

    Raises:
        ValueError: an unknown kind or urgency.
    """
    return put_out(notices, teller=actor.ref.label)
