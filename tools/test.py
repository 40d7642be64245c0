"""Everything a change must pass, in the order that tells soonest what is wrong (``make test``).

mypy runs beside the suite; all steps run even when an earlier one failed, and the last lines say how each ended. Longer
output of a step is shown as it comes, except for mypy's, which is shown when the suite on SQLite is done.
"""

from __future__ import annotations

import argparse
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


@dataclass(frozen=True)
class Outcome:
    """How one step ended."""

    name: str
    code: int
    seconds: float
    summary: str = ""


def main() -> int:
    """Run every step; 0 when all passed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--jobs", default="2", help="test processes (default: 2)")
    jobs = parser.parse_args().jobs
    pytest = [PYTHON, "-m", "pytest", "-n", jobs, "--dist", "loadgroup"]

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
        outcomes.append(run("suite on SQLite", pytest))
        code = types.wait()
        types_output.seek(0)
        print(types_output.read(), flush=True)
        outcomes.append(Outcome("types", code, time.monotonic() - types_started))
    outcomes.append(run("suite on PostgreSQL", [*pytest, "-p", "tests.postgres_plugin", "-m", "not browser"]))

    print()
    for outcome in outcomes:
        state = "passed" if outcome.code == 0 else "FAILED"
        print(f"{state}  {outcome.name:<22}{outcome.seconds:6.0f} s  {outcome.summary}".rstrip())
    return 0 if all(outcome.code == 0 for outcome in outcomes) else 1


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
