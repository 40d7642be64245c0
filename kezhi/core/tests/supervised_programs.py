"""A supervisor and the programs it runs, as processes for tests: each program writes its process id and sleeps."""

import os
import signal
import sys
import time
from pathlib import Path

from kezhi.core.supervisor import Program, Supervisor


def supervise(folder: Path, *names: str) -> int:
    programs = [
        Program(
            name,
            [sys.executable, "-m", "kezhi.core.tests.supervised_programs", name, str(folder)],
            grace_seconds=0.5 if name == "stubborn" else 15,
            waits_for_ready=name == "worker",
        )
        for name in names
    ]
    ready = (folder / "web").exists
    return Supervisor(programs, ready=ready, on_ready=(folder / "ready").touch).run()


def note(path: Path) -> None:
    with path.open("a") as file:
        file.write(f"{os.getpid()}\n")


def main(name: str, folder: Path, *names: str) -> int:
    if name == "supervise":
        return supervise(folder, *names)
    if name == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if name == "web" and os.fork() == 0:
        name = "web.child"
    note(folder / name)
    time.sleep(60)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:]))
