"""Backups out of the house, for real: a WebDAV server in a process of its own, the ``kezhi`` command in others."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from kezhi.core import remote_backups
from kezhi.core.remote_backups import Place, RemoteProblem
from kezhi.core.tests import webdav_server
from kezhi.core.tests.test_backup import PASSPHRASE, Installation
from tests.migrated import copy_migrated

NAMES = [f"kezhi-2026010{day}-023000-beef.kezhi-backup" for day in (1, 2, 3)]


@pytest.fixture
def server(tmp_path):
    """A folder, and the address under which it is served."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", webdav_server.__file__, str(folder), "kezhi", "p@ss/word"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        port = process.stdout.readline().strip()
        yield folder, f"webdav+http://kezhi:p%40ss%2Fword@127.0.0.1:{port}/crm"
    finally:
        process.kill()
        process.communicate()


def file_of(tmp_path, name, content=b"sealed" * 50):
    path = tmp_path / name
    path.write_bytes(content)
    return path


def test_a_copy_is_sent_in_pieces_and_comes_back_whole(server, tmp_path, monkeypatch):
    monkeypatch.setattr(remote_backups, "PIECE", 100)
    folder, address = server
    place = Place.parse(address)

    place.send(file_of(tmp_path, NAMES[0]))

    there = folder / "crm" / NAMES[0]
    assert sorted(path.name for path in there.iterdir()) == ["0001", "0002", "0003", "whole.json"]
    assert b"".join((there / f"000{number}").read_bytes() for number in (1, 2, 3)) == b"sealed" * 50
    assert json.loads((there / "whole.json").read_text())["size"] == 300
    assert place.names() == [NAMES[0]]
    assert place.fetch(NAMES[0], tmp_path / "back").read_bytes() == b"sealed" * 50


def test_old_copies_go_and_half_ones_too(server, tmp_path):
    folder, address = server
    place = Place.parse(address)
    for name in NAMES:
        place.send(file_of(tmp_path, name))
    (folder / "crm" / NAMES[1] / "whole.json").unlink()
    (folder / "crm" / "somebody else's").mkdir()

    place.keep(1)

    assert sorted(path.name for path in (folder / "crm").iterdir()) == [NAMES[2], "somebody else's"]


def test_what_was_damaged_there_is_not_brought_back(server, tmp_path):
    folder, address = server
    place = Place.parse(address)
    place.send(file_of(tmp_path, NAMES[0]))
    (folder / "crm" / NAMES[0] / "0001").write_bytes(b"another")

    with pytest.raises(RemoteProblem, match="incomplete"):
        place.fetch(NAMES[0], tmp_path / "back")
    assert list((tmp_path / "back").iterdir()) == []


def test_a_refusal_is_told_without_the_secret(server, tmp_path):
    _folder, address = server
    place = Place.parse(address.replace("p%40ss%2Fword", "an0ther-secret"))

    with pytest.raises(RemoteProblem) as refused:
        place.send(file_of(tmp_path, NAMES[0]))
    assert "an0ther-secret" not in str(refused.value)
    assert "an0ther-secret" not in place.shown


@pytest.mark.parametrize(
    ("address", "options"),
    [
        (
            "s3://AKID:s%2Fcret@s3.cn-north-1.amazonaws.com.cn/backups/crm?region=cn-north-1",
            {
                "endpoint": "https://s3.cn-north-1.amazonaws.com.cn",
                "access_key_id": "AKID",
                "secret_access_key": "s/cret",
                "bucket": "backups",
                "root": "/crm/",
                "region": "cn-north-1",
                "disable_config_load": "true",
                "disable_ec2_metadata": "true",
            },
        ),
        (
            "oss://AKID:secret@oss-cn-shanghai.aliyuncs.com/backups",
            {
                "endpoint": "https://oss-cn-shanghai.aliyuncs.com",
                "access_key_id": "AKID",
                "access_key_secret": "secret",
                "bucket": "backups",
                "root": "/",
            },
        ),
    ],
)
def test_an_address_says_service_place_and_key(address, options):
    assert dict(Place.parse(address).options) == options


@pytest.mark.parametrize("service", remote_backups.SERVICES)
def test_the_library_knows_every_kind_of_place_and_its_options(service):
    place = Place.parse(f"{service}://name:secret@storage.example.com/bucket/folder")
    assert place._operator().capability().write is True


@pytest.mark.parametrize(
    "address", ["ftp://a:b@host/x", "s3://host/bucket", "s3://a:b@host/", "webdav+ftp://a:b@host/", "webdav://a:b@"]
)
def test_an_address_that_leads_nowhere_is_refused(address):
    with pytest.raises(ValueError, match="an address"):
        Place.parse(address)


@pytest.mark.xdist_group("backup")
def test_a_new_machine_comes_back_from_the_copy(server, tmp_path):
    folder, address = server
    here = Installation(tmp_path / "here", KEZHI_BACKUP_PASSPHRASE=PASSPHRASE, KEZHI_BACKUP_REMOTE=address)
    here.folder.mkdir()
    copy_migrated(here.folder / "kezhi.sqlite3")
    here.sql("INSERT INTO core_epoch (name, value) VALUES ('mark 0', 1)")

    said = here.kezhi("backup")

    [name] = [path.name for path in (folder / "crm").iterdir()]
    assert "read back and compared" in said
    assert "p@ss" not in said
    assert here.kezhi("backup", "--list", "--remote").split() == [name]
    assert b"SQLite format" not in (folder / "crm" / name / "0001").read_bytes()

    new = Installation(tmp_path / "new", KEZHI_BACKUP_PASSPHRASE=PASSPHRASE, KEZHI_BACKUP_REMOTE=address)
    new.kezhi("restore", "--remote", "--yes")
    assert new.marks() == ["mark 0"]


@pytest.mark.xdist_group("backup")
def test_a_place_that_is_down_keeps_the_local_backup_and_is_told(tmp_path):
    address = "webdav+http://kezhi:secret@127.0.0.1:9/crm"
    here = Installation(tmp_path / "here", KEZHI_BACKUP_PASSPHRASE=PASSPHRASE, KEZHI_BACKUP_REMOTE=address)
    here.folder.mkdir()
    copy_migrated(here.folder / "kezhi.sqlite3")

    said = here.kezhi("backup", code=1)

    assert Path(here.backup()).is_file()
    assert "verified" in said
    noted = json.loads((here.folder / "run" / "backup-copy.json").read_text())
    assert noted["name"] == here.backup().name
    assert noted["problem"] != ""
    assert "secret" not in said + noted["problem"]
