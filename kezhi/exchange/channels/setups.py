"""Each channel's setup from memory, and the note of whether sending works."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.core.events import Json
from kezhi.exchange.faults import Fault, add_sentences
from kezhi.exchange.models import ChannelAddress, ChannelSetup

EPOCH = "channels"


class ServiceDown(Fault):
    """The service cannot be reached or refuses everybody: another time, or another channel."""


class AddressFault(Fault):
    """The service works and does not take this address or message; trying again cannot help."""


@dataclass(frozen=True, slots=True)
class Setup:
    """A channel as set up; ``secrets`` never leave the server side."""

    key: str
    is_on: bool = False
    options: Mapping[str, Json] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)

    def text(self, name: str) -> str:
        """An option as text; "" when it is not set."""
        value = self.options.get(name)
        return value if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class PersonalAddress:
    """Where a channel reaches one person (see ``ChannelAddress``)."""

    handle: str
    robot: str = field(repr=False)
    secret: str = field(repr=False)


def setup_of(key: str) -> Setup:
    """The setup of a channel, from memory; one that nobody set up is off."""
    return epochs.cached(EPOCH, "setups", _load_setups).get(key) or Setup(key)


def personal_address(channel: str, user_id: int) -> PersonalAddress | None:
    """What a person set for a channel, from memory."""
    return epochs.cached(EPOCH, "addresses", _load_addresses).get((channel, user_id))


def note_success(key: str) -> None:
    """Sending worked: the channel is up again if it was down."""
    with transaction.atomic():
        ChannelSetup.objects.filter(pk=key).update(
            last_sent_at=now(), down_since=None, problem_code="", problem_values={}
        )


def note_failure(key: str, fault: Fault) -> None:
    """Sending failed for everybody: since when and why is shown with the channel."""
    with transaction.atomic():
        rows = ChannelSetup.objects.filter(pk=key)
        rows.filter(down_since=None).update(down_since=now())
        rows.update(problem_code=fault.code[:40], problem_values=fault.values)


def _load_setups() -> dict[str, Setup]:
    return {
        row.key: Setup(row.key, row.is_on, row.options, json.loads(row.secrets) if row.secrets else {})
        for row in ChannelSetup.objects.all()
    }


def _load_addresses() -> dict[tuple[str, int], PersonalAddress]:
    return {
        (row.channel, row.user_id): PersonalAddress(row.handle, row.robot, row.secret)
        for row in ChannelAddress.objects.all()
    }


add_sentences(
    {
        "channel.off": _("这个通道没有启用。"),
        "channel.answer": _("对方的回答看不懂（状态 %(status)s）：%(detail)s"),
        "channel.refused": _("对方拒绝了（%(number)s）：%(detail)s"),
        "channel.busy": _("发得太多，对方暂时不收（%(number)s）：%(detail)s"),
        "channel.address": _("没有可用的地址。"),
        "channel.host": _("这不是%(platform)s的地址，应以 %(expected)s 开头。"),
    }
)
