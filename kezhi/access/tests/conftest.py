"""A company with the shipped roles, and sign-ins that start with a clean slate."""

from __future__ import annotations

import itertools

import pytest

from kezhi.access.actors import system_actor
from kezhi.access.operations import install_defaults
from kezhi.access.testing import Cast, make_cast
from kezhi.access.throttling import ADDRESSES, CHECKS
from tests.scenes import play


@pytest.fixture(autouse=True)
def _nobody_tried_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two tries a second goes by for the throttles, however fast the machine is."""
    ADDRESSES.forget()
    CHECKS.forget()
    seconds = itertools.count()
    monkeypatch.setattr("kezhi.access.throttling.monotonic", lambda: float(next(seconds)))


@pytest.fixture
def company(db: None) -> Cast:
    """The cast with the shipped roles in force."""
    play(_ship_roles)
    return play(make_cast)


def _ship_roles() -> None:
    install_defaults(actor=system_actor("tests"))
