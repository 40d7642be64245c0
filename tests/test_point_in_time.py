"""Going back to a moment: the whole product with litestream beside it, killed and restored."""

import datetime as dt
import os
import sqlite3
from contextlib import closing

import pytest

from kezhi.core import health, point_in_time
from kezhi.core.replica import Replica, ReplicaProblem, litestream
from kezhi.core.tests.processes import wait_until
from tests.installations import Installation

pytestmark = pytest.mark.xdist_group("installations")


@pytest.fixture
def installation(tmp_path):
    try:
        litestream()
    except ReplicaProblem as problem:
        pytest.skip(str(problem))
    installation = Installation(tmp_path / "data", KEZHI_LITESTREAM=str(tmp_path / "copy"))
    yield installation
    if installation.is_running():
        installation.kill()


def moment() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def write(installation: Installation, text: str) -> None:
    """Leave a witness and wait until it is copied."""
    with closing(sqlite3.connect(installation.database, timeout=20)) as database, database:
        database.execute("CREATE TABLE IF NOT EXISTS witness (text TEXT)")
        database.execute("INSERT INTO witness VALUES (?)", [text])
    written = moment().timestamp()
    history = (installation.data / "history").read_text().strip()
    copies = installation.data.parent.glob
    wait_until(
        lambda: any(path.stat().st_mtime > written for path in copies(f"copy/{history.rpartition('/')[2]}/ltx/0/*.ltx"))
    )


def witnesses(installation: Installation) -> list[str]:
    with closing(sqlite3.connect(installation.database)) as database:
        return [row[0] for row in database.execute("SELECT text FROM witness ORDER BY rowid")]


def test_after_a_kill_any_moment_comes_back(installation):
    installation.start()
    wait_until((installation.data / "history").exists)
    write(installation, "before")
    between = moment() + dt.timedelta(seconds=1)
    wait_until(lambda: moment() > between + dt.timedelta(seconds=1.5))
    write(installation, "after")
    installation.kill()

    installation.kezhi("restore", "--at", "latest", "--yes")
    assert witnesses(installation) == ["before", "after"]

    installation.kezhi("restore", "--at", between.isoformat(), "--yes")
    assert witnesses(installation) == ["before"]

    installation.start()
    write(installation, "a new history")
    installation.kill()
    assert witnesses(installation) == ["before", "a new history"]
    assert len(list((installation.data.parent / "copy").iterdir())) == 2


def test_a_moment_nobody_kept_changes_nothing(installation):
    (installation.data.parent / "copy").mkdir()
    with closing(sqlite3.connect(installation.database)) as database, database:
        database.execute("CREATE TABLE witness (text TEXT)")

    assert "does not reach" in installation.kezhi("restore", "--at", "2020-01-01 00:00", "--yes", code=1)
    with pytest.raises(ValueError, match="yesterday"):
        point_in_time.read_moment("yesterday")
    assert witnesses(installation) == []
    assert list(installation.data.glob("before-restore-*")) == []


def test_the_health_page_tells_how_far_the_copy_is_behind(tmp_path, settings, monkeypatch):
    (tmp_path / "kezhi.sqlite3").touch()
    replica = Replica(tmp_path / "kezhi.sqlite3", tmp_path / "copy", 7)
    monkeypatch.setattr(health, "present_replica", lambda: replica)
    settings.LITESTREAM_DIR = None
    assert point_in_time.present_replica() is None
    assert health._replica()[0] == health.HealthState.WARNING
    replica.command()
    copied = replica.history() / "ltx" / "0" / "0000000000000001-0000000000000001.ltx"
    copied.parent.mkdir(parents=True)
    copied.touch()

    states = []
    for seconds in (0, 90, 900):
        changed = copied.stat().st_mtime + seconds
        os.utime(tmp_path / "kezhi.sqlite3", (changed, changed))
        states.append(health._replica()[0])

    assert states == [health.HealthState.OK, health.HealthState.WARNING, health.HealthState.BAD]
