"""How ``make test`` treats tests that fail: a few run once more and are named, and nothing is overlooked."""

import os
import sys

import pytest

from tools import test as runner
from tools.test import Outcome

UNSTEADY = """
from pathlib import Path
import pytest

@pytest.mark.xdist_group("machine")
def test_that_passes_the_second_time():
    was_here = Path(__file__).with_name("was-here")
    if not was_here.exists():
        was_here.touch()
        pytest.fail("the machine was busy")
"""
BROKEN = "import pytest\n@pytest.mark.parametrize('x', ['a@b] c'])\ndef test_that_never_passes(x):\n    assert x == 1\n"


@pytest.fixture
def suite(tmp_path, monkeypatch, capsys):
    """Runs tests given as text as the suite is run, and gives its outcome."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(runner.ROOT))

    def run(*texts: str, side_by_side: tuple[str, ...] = ()) -> Outcome:
        for number, text in enumerate(texts):
            (tmp_path / f"test_{number}.py").write_text(text)
        command = [sys.executable, "-m", "pytest", "-c", os.devnull, "--rootdir", str(tmp_path), "-q"]
        return runner.run_suite("the suite", command, [*side_by_side, str(tmp_path)])

    monkeypatch.setattr(runner, "ROOT", tmp_path)
    return run


def test_a_test_that_passes_alone_is_named_and_fails_nothing(suite):
    outcome = suite(UNSTEADY, side_by_side=("-p", "xdist", "-n", "1", "--dist", "loadgroup"))

    assert (outcome.code, outcome.unsteady) == (0, ("test_0.py::test_that_passes_the_second_time",))
    assert "unsteady: test_0.py::test_that_passes_the_second_time (the suite)" in runner.report([outcome])


def test_a_test_that_fails_twice_fails_the_run(suite):
    outcome = suite(UNSTEADY, BROKEN)

    assert (outcome.code, outcome.unsteady) == (1, ("test_0.py::test_that_passes_the_second_time",))
    assert runner.report([outcome])[0].startswith("FAILED  the suite")


def test_a_suite_that_cannot_be_read_is_not_repeated(suite):
    assert suite("import nothing_of_this_name\n").code == 2


@pytest.mark.parametrize(
    ("code", "failed", "repeated"),
    [
        (0, [], []),
        (1, ["a"], ["a"]),
        (1, ["a", "b", "c"], ["a", "b", "c"]),
        (1, ["a", "b", "c", "d"], []),
        (1, [], []),
        (1, None, []),
        (2, ["a"], []),
        (3, ["a"], []),
        (-9, None, []),
    ],
)
def test_only_a_few_failed_tests_of_a_whole_run_are_repeated(code, failed, repeated):
    assert runner.to_repeat(code, failed) == repeated


@pytest.mark.parametrize(
    ("code", "failed_again", "unsteady"),
    [
        (0, [], ("a", "b")),
        (1, ["b"], ("a",)),
        (1, ["a", "b"], ()),
        (4, [], ()),
        (5, [], ()),
        (-9, None, ()),
    ],
)
def test_the_second_run_decides(code, failed_again, unsteady):
    again = Outcome("again", code, 2)

    assert runner.judge(Outcome("suite", 1, 10, "2 failed"), ["a", "b"], again, failed_again) == Outcome(
        "suite", code, 12, "2 failed", unsteady
    )


def test_nothing_unsteady_says_nothing():
    assert runner.report([Outcome("lint", 0, 1), Outcome("types", 1, 20)]) == [
        "passed  lint                       1 s",
        "FAILED  types                     20 s",
    ]
