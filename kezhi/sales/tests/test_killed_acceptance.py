import json
import os
import signal
import subprocess
import sys

import pytest

from tests.migrated import copy_migrated


@pytest.mark.early
def test_an_acceptance_whose_process_is_killed_moves_the_opportunity_once(tmp_path):
    settings = {**os.environ, "KEZHI_DATA": str(tmp_path), "DJANGO_SETTINGS_MODULE": "kezhi.config.settings"}
    settings.pop("DATABASE_URL", None)
    copy_migrated(tmp_path / "kezhi.sqlite3")

    def run(part):
        command = [sys.executable, "-W", "ignore", "-m", "kezhi.sales.tests.killed_acceptance", part]
        return subprocess.run(command, env=settings, capture_output=True, text=True, timeout=240)

    for part in ("accept", "move"):
        killed = run(part)
        assert killed.returncode == -signal.SIGKILL, killed.stderr
    resumed = run("resume")

    assert resumed.returncode == 0, resumed.stderr
    assert json.loads(resumed.stdout.splitlines()[-1]) == {
        "before": {"quote": "accepted", "stage": "project.contact", "entered": ["project.contact"]},
        "taken_back": 1,
        "after": {
            "quote": "accepted",
            "stage": "project.contract",
            "entered": ["project.contact", "project.contract"],
        },
    }
