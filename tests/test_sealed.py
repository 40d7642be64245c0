"""The suite does not touch the machine it runs on, and its clock obeys."""

import os
import socket
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from kezhi.core.clock import now, today
from tests.sealed import LeftTheMachine


def test_another_machine_cannot_be_reached():
    with socket.socket() as sock, pytest.raises(LeftTheMachine):
        sock.connect(("192.0.2.1", 80))


def test_this_machine_can_be_reached():
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.connect(server.getsockname())


def test_data_goes_to_a_folder_of_its_own():
    assert Path(os.environ["KEZHI_DATA"]).resolve() == settings.DATA_DIR
    assert settings.DATA_DIR.name.startswith("kezhi-test-")


def test_the_embedded_database_is_a_file_as_in_real_use(db):
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA journal_mode")
            assert cursor.fetchone() == ("wal",)


def test_the_clock_stands_still_in_the_companys_zone(clock_at):
    clock = clock_at("2026-11-20 23:30")

    assert now().isoformat() == "2026-11-20T15:30:00+00:00"
    assert today().isoformat() == "2026-11-20"

    clock.shift(3600)

    assert today().isoformat() == "2026-11-21"
