"""Channels that carry nothing further than the test."""

import pytest

from kezhi.work import notices_channels
from kezhi.work.notices_channels import register_channel


class Pigeon:
    """A channel that remembers what it carried, or fails as it is told."""

    def __init__(self, key):
        self.key, self.label = key, f"信鸽 {key}"
        self.sent, self.trouble, self.tries = [], None, []

    def is_ready(self):
        return True

    def address_of(self, user):
        return "" if user.username.endswith("outsider") else f"{user.username}@{self.key}"

    def send(self, outgoing):
        self.tries.append(outgoing.key)
        if self.trouble is not None:
            raise self.trouble
        self.sent.append(outgoing)


@pytest.fixture
def loft(monkeypatch):
    """Only two pigeons carry messages: mail first, then wecom."""
    monkeypatch.setattr(notices_channels, "_channels", {"app": notices_channels._channels["app"]})
    pigeons = {"mail": Pigeon("mail"), "wecom": Pigeon("wecom")}
    for order, pigeon in enumerate(pigeons.values(), start=1):
        register_channel(pigeon, order=order)
    return pigeons
