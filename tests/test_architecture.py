"""What holds across all apps."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "kezhi"
CATCH_ALLS = {"common", "utils", "util", "helpers", "misc"}
LONGEST_FILE = 600


def source_files() -> list[Path]:
    return [
        path
        for path in sorted(PACKAGE.rglob("*.py"))
        if not {"migrations", "tests", "node_modules"} & set(path.relative_to(PACKAGE).parts)
    ]


def test_imports_run_down_never_up():
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-logo", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_no_module_is_a_catch_all():
    assert [path for path in source_files() if path.stem in CATCH_ALLS or path.parent.name in CATCH_ALLS] == []


def test_no_file_is_longer_than_a_sitting():
    lengths = {path.relative_to(ROOT).as_posix(): len(path.read_text().splitlines()) for path in source_files()}

    assert {name: length for name, length in lengths.items() if length >= LONGEST_FILE} == {}


def test_every_app_says_what_it_is_for():
    silent = [
        path.parent.name
        for path in sorted(PACKAGE.glob("*/__init__.py"))
        if not path.read_text().lstrip().startswith('"""')
    ]

    assert silent == []
