import json
import os
import signal
import subprocess
import sys

import pytest

from kezhi.exchange.tests.imap_server import a_mail, imap_server
from tests.migrated import copy_migrated


@pytest.mark.early
def test_a_fetch_killed_in_the_middle_loses_and_doubles_no_mail(tmp_path):
    settings = {**os.environ, "KEZHI_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "kezhi.config.settings"}
    settings.pop("DATABASE_URL", None)
    copy_migrated(tmp_path / "kezhi.sqlite3")
    command = [sys.executable, "-W", "ignore", "-m", "kezhi.sales.tests.killed_fetch"]
    with imap_server() as server:
        server.add(*(a_mail(number=number, sender=f"buyer{number}@example.com") for number in range(1, 6)))
        port = str(server.port)
        killed = subprocess.run([*command, "begin", port], env=settings, capture_output=True, text=True, timeout=240)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
        resumed = subprocess.run([*command, "resume", port], env=settings, capture_output=True, text=True, timeout=240)

    assert resumed.returncode == 0, resumed.stderr
    assert json.loads(resumed.stdout.splitlines()[-1]) == {
        "before": 2,
        "problem": "",
        "leads": 5,
        "outcomes": ["lead"] * 5,
        "read_to": 5,
    }
