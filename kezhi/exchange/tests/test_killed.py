import json
import os
import signal
import subprocess
import sys

import pytest

from tests.migrated import copy_migrated


@pytest.mark.early
def test_an_import_killed_in_the_middle_goes_on_where_it_was_and_doubles_nothing(tmp_path):
    settings = {**os.environ, "KEZHI_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "kezhi.config.settings"}
    settings.pop("DATABASE_URL", None)
    copy_migrated(tmp_path / "kezhi.sqlite3")
    command = [sys.executable, "-W", "ignore", "-m", "kezhi.exchange.tests.killed_import"]

    killed = subprocess.run([*command, "begin"], env=settings, capture_output=True, text=True, timeout=240)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    resumed = subprocess.run([*command, "resume"], env=settings, capture_output=True, text=True, timeout=240)

    assert resumed.returncode == 0, resumed.stderr
    assert json.loads(resumed.stdout.splitlines()[-1]) == {
        "before": 40,
        "state": "done",
        "counts": {"created": 60},
        "customers": 60,
        "contacts": 60,
        "numbers": 60,
    }
