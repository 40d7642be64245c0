"""The commands themselves, run in this process on the database of the tests."""

import io

import pytest

from kezhi.config import cli
from kezhi.core.clock import now
from kezhi.core.crypto import forget_cached_keys, key_ring
from kezhi.core.models import Event, Job, WorkerPulse

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("data_folder")]


@pytest.fixture
def data_folder(tmp_path, settings):
    settings.DATA_DIR = tmp_path
    settings.BACKUP_DIR = tmp_path / "backups"
    settings.KEY_RING = ""
    forget_cached_keys()
    yield tmp_path
    forget_cached_keys()


@pytest.fixture(autouse=True)
def _healthy(data_folder):
    WorkerPulse.objects.create(worker="w", started_at=now(), seen_at=now())


def test_every_command_has_its_line_of_help(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])

    said = capsys.readouterr().out
    assert ended.value.code == 0
    for name in cli.command_names():
        assert f"    {name}" in said
        assert cli.load_command(name).HELP.endswith(".")


def test_an_unknown_command_is_refused(capsys):
    with pytest.raises(SystemExit) as ended:
        cli.main(["no-such-command"])

    assert ended.value.code == 2
    assert "rotate-keys" in capsys.readouterr().err


def test_a_wrong_setting_is_told_before_anything_starts(capsys, monkeypatch):
    monkeypatch.setenv("KEZHI_LOG_FORMAT", "xml")

    assert cli.main(["doctor"]) == 2
    assert "KEZHI_LOG_FORMAT" in capsys.readouterr().err


def test_the_version_is_printed(capsys):
    assert cli.main(["version"]) == 0
    assert capsys.readouterr().out == "Kezhi 0.1.0\n"


def test_the_doctor_is_content_with_a_healthy_installation(capsys):
    assert cli.main(["doctor"]) == 0
    assert "✗" not in capsys.readouterr().out


def test_the_doctor_names_tampering_and_says_so_in_its_exit_code(capsys):
    Event.objects.create(
        at=now(), kind="x", record_type="x", record_id=1, actor_kind="user", actor_label="x", door="page", operation="x"
    )

    assert cli.main(["doctor"]) == 1
    assert f"{Event.objects.get().pk}" in capsys.readouterr().out.split("audit")[-1]
    assert cli.main(["doctor", "--quick"]) == 0


def test_keys_are_rotated_with_a_note_in_the_log_and_a_job(capsys):
    assert cli.main(["rotate-keys"]) == 0

    assert len(key_ring().keys) == 2
    assert Event.objects.get().kind == "core.keys_rotated"
    assert Job.objects.get().name == "core.reencrypt"
    assert cli.main(["rotate-keys", "--now"]) == 0
    assert Job.objects.count() == 1


def test_the_database_of_the_tests_needs_no_migration(capsys):
    assert cli.main(["migrate", "--check"]) == 0


class TestUsers:
    @pytest.fixture(autouse=True)
    def _password(self, monkeypatch):
        monkeypatch.setattr("sys.stdin", io.StringIO("a-long-enough-password\n"))

    def test_a_first_administrator_is_added_and_listed(self, capsys):
        assert cli.main(["user", "add", "admin", "--name", "管理员", "--administrator"]) == 0
        capsys.readouterr()
        assert cli.main(["user", "list"]) == 0
        assert capsys.readouterr().out.split() == ["admin", "管理员", "-", "administrator"]

    def test_an_unknown_role_or_department_is_named_with_those_there_are(self, capsys):
        assert cli.main(["user", "add", "x", "--name", "X", "--role", "king"]) == 2
        assert "administrator" in capsys.readouterr().err
        assert cli.main(["user", "add", "x", "--name", "X", "--department", "moon"]) == 2
        assert "moon" in capsys.readouterr().err
        assert cli.main(["user", "list"]) == 0
        assert capsys.readouterr().out == ""

    def test_a_weak_password_is_refused_in_words(self, capsys, monkeypatch):
        monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))

        assert cli.main(["user", "add", "admin", "--name", "管理员", "--administrator"]) == 1
        assert "password" in capsys.readouterr().err

    def test_a_lost_password_is_replaced(self, capsys):
        cli.main(["user", "add", "admin", "--name", "管理员", "--administrator"])

        assert cli.main(["user", "password", "ADMIN"]) == 0
        assert "管理员" in capsys.readouterr().out
        assert cli.main(["user", "password", "nobody"]) == 1

    def test_the_code_of_the_first_page_is_told_until_somebody_can_sign_in(self, capsys):
        assert cli.main(["user", "code", "--at", "http://127.0.0.1:8000"]) == 0
        assert "http://127.0.0.1:8000/set-up/?code=" in capsys.readouterr().out

        cli.main(["user", "add", "admin", "--name", "管理员", "--administrator"])
        capsys.readouterr()

        assert cli.main(["user", "code", "--at", "http://127.0.0.1:8000"]) == 0
        assert capsys.readouterr().out == ""
        assert cli.main(["user", "code"]) == 1
