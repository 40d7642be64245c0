"""Channels that carry nothing further than the test."""

import pytest

from kezhi.core import figures
from kezhi.work import deadlines_kinds, notices_channels
from kezhi.work.deadlines import DeadlineKind, register_deadline_kind
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


@pytest.fixture
def promise_kinds(monkeypatch):
    """Promises that exist in tests only: an answer within two working hours, a call within a day of plain time."""
    monkeypatch.setattr(figures, "_registry", dict(figures._registry))
    monkeypatch.setattr(deadlines_kinds, "_kinds", dict(deadlines_kinds._kinds))
    register_deadline_kind(DeadlineKind("reply", "答复", minutes=120, business_time=True, order=90))
    register_deadline_kind(DeadlineKind("call", "回电", minutes=1440, business_time=False, order=91))
