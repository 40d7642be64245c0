"""Fail when a lock file names an address: where packages come from is each machine's own business."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("requirements.lock", "requirements-dev.lock", "package-lock.json")


def addresses(root: Path = ROOT) -> list[str]:
    """Each line of a lock file that holds an address, and each lock file that is missing."""
    found = []
    for name in LOCKS:
        path = root / name
        if not path.exists():
            found.append(f"{name}: missing")
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if "://" in line:
                found.append(f"{name}:{number}: {line.strip()}")
    return found


if __name__ == "__main__":
    problems = addresses()
    print("\n".join(problems) or "lock files: no addresses")
    sys.exit(1 if problems else 0)
