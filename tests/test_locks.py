"""Lock files name versions and hashes, never an address."""

from tools import check_locks


def test_no_lock_file_names_an_address():
    assert check_locks.addresses() == []


def test_every_locked_python_package_has_hashes():
    for name in ("requirements.lock", "requirements-dev.lock"):
        blocks = (check_locks.ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
        assert [block for block in blocks if block and "--hash=sha256:" not in block] == []
