"""Everything a change must pass, in the order that tells soonest what is wrong (``make test``).

mypy runs beside the suite; all steps run even when an earlier one failed, and the last lines say how each ended. Longer
output of a step is shown as it comes, except for mypy's, which is shown when the suite on SQLite is done.

Up to three tests that failed run once more, alone; those that pass then are named as unsteady in the last lines (why:
``docs/decisions/unsteady-tests-are-run-again-and-named.md``).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PYTHON = sys.executable
# More failures than these are no accident of the machine's load.
MOST_REPEATED = 3
TESTS_FAILED = 1  # pytest's exit code; every other one means that the run itself broke off


@dataclass(frozen=True)
class Outcome:
    """How one step ended."""

    name: str
    code: int
    seconds: float
    summary: str = ""
    unsteady: tuple[str, ...] = ()


def main() -> int:
    """Run every step; 0 when all passed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--jobs", default="2", help="test processes (default: 2)")
    jobs = parser.parse_args().jobs
    pytest = [PYTHON, "-m", "pytest"]
    side_by_side = ["-n", jobs, "--dist", "loadgroup"]
    on_postgresql = [*pytest, "-p", "tests.postgres_plugin", "-m", "not browser"]

    outcomes = [
        run("lock files", [PYTHON, "tools/check_locks.py"]),
        run("format", [str(BIN / "ruff"), "format", "--check", "--quiet", "."]),
        run("lint", [str(BIN / "ruff"), "check", "--quiet", "."]),
        run("layers", [str(BIN / "lint-imports"), "--no-logo"]),
        run("translations", [PYTHON, "tools/translations.py", "check"]),
    ]
    with tempfile.TemporaryFile("w+") as types_output:
        types_started = time.monotonic()
        types = subprocess.Popen([str(BIN / "mypy")], cwd=ROOT, stdout=types_output, stderr=subprocess.STDOUT)
        outcomes.append(run_suite("suite on SQLite", pytest, side_by_side))
        code = types.wait()
        types_output.seek(0)
        print(types_output.read(), flush=True)
        outcomes.append(Outcome("types", code, time.monotonic() - types_started))
    outcomes.append(run_suite("suite on PostgreSQL", on_postgresql, side_by_side))

    print()
    print("\n".join(report(outcomes)), flush=True)
    return 0 if all(outcome.code == 0 for outcome in outcomes) else 1


def report(outcomes: list[Outcome]) -> list[str]:
    """How each step ended, and below it what has to be mended although everything passed."""
    lines = [
        f"{'passed' if outcome.code == 0 else 'FAILED'}  {outcome.name:<22}{outcome.seconds:6.0f} s  "
        f"{outcome.summary}".rstrip()
        for outcome in outcomes
    ]
    unsteady = [f"unsteady: {name} ({outcome.name})" for outcome in outcomes for name in outcome.unsteady]
    if unsteady:
        lines += ["", "These tests failed, and passed when they ran again alone. Mend them:", *unsteady]
    return lines


def run_suite(name: str, pytest: list[str], side_by_side: list[str]) -> Outcome:
    """The suite in several processes; what failed by the machine's load only passes when it runs again."""
    with tempfile.TemporaryDirectory() as folder:
        first = Path(folder) / "first.json"
        outcome = run(name, [*pytest, *side_by_side, *watched(first)])
        names = to_repeat(outcome.code, failures(first))
        if not names:
            return outcome
        second = Path(folder) / "second.json"
        again = run(f"{name}: once more, alone", [*pytest, *watched(second), *names])
        return judge(outcome, names, again, failures(second))


def watched(path: Path) -> list[str]:
    """What lets pytest write down the tests that fail."""
    return ["-p", "tests.failures", "--failures-to", str(path)]


def failures(path: Path) -> list[str] | None:
    """The tests that failed; None when the run ended without telling."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def to_repeat(code: int, failed: list[str] | None) -> list[str]:
    """The tests worth another try: only where nothing but a few tests went wrong."""
    return failed if code == TESTS_FAILED and failed and len(failed) <= MOST_REPEATED else []


def judge(first: Outcome, names: list[str], again: Outcome, failed_again: list[str] | None) -> Outcome:
    """How a suite ended whose failed tests ran a second time: it passes when all of them did."""
    passed_now = [] if failed_again is None else [name for name in names if name not in failed_again]
    unsteady = tuple(passed_now if again.code in (0, TESTS_FAILED) else [])
    return Outcome(first.name, again.code, first.seconds + again.seconds, first.summary, unsteady)


def run(name: str, command: list[str]) -> Outcome:
    """One step, its output passed through; pytest's summary line is kept to be repeated at the end."""
    print(f"\n== {name}", flush=True)
    started = time.monotonic()
    last = ""
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            last = line.strip() or last
    return Outcome(name, process.returncode, time.monotonic() - started, last if "pytest" in command else "")


if __name__ == "__main__":
    sys.exit(main())
