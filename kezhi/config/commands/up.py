"""``kezhi up``: everything that serves people, kept running by one process."""

import argparse
import logging.config
import socket
import subprocess
import sys
import threading

from kezhi.config import environment
from kezhi.config.logs import logging_settings
from kezhi.config.migration_stamp import is_inhabited, is_stamped
from kezhi.core.replica import Replica, ReplicaProblem
from kezhi.core.supervisor import AlreadyRunning, Program, ServerLock, Supervisor
from kezhi.core.swapping import finish_interrupted_swap

HELP = "Start Kezhi: web pages, background jobs and schedules."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1; 0.0.0.0: all)")
    parser.add_argument("--port", type=int, default=8000, help="port to listen on (default 8000)")
    parser.add_argument(
        "--workers", type=int, default=1, metavar="N", help="web processes, two threads each (default 1)"
    )
    parser.add_argument("--no-worker", action="store_true", help="serve pages only; jobs run elsewhere (kezhi worker)")
    parser.add_argument("--no-migrate", action="store_true", help="do not bring the database up to date first")


def run(options: argparse.Namespace) -> int:
    logging.config.dictConfig(logging_settings(environment.LOG_FORMAT.read(), environment.LOG_LEVEL.read()))
    data = environment.DATA.read()
    try:
        with ServerLock(data):
            if not _is_free(options.host, options.port):
                print(f"Port {options.port} is in use; choose another with --port.", file=sys.stderr)
                return 1
            if finish_interrupted_swap(data):
                print("Finished a restore that had been interrupted.")
            if not options.no_migrate and not is_stamped() and (code := _migrate()):
                return code
            return _supervise(options)
    except AlreadyRunning as running:
        print(f"Kezhi is already running here (process {running.pid}).", file=sys.stderr)
        return 1


def _supervise(options: argparse.Namespace) -> int:
    web = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", options.host, "--port", str(options.port)),
        *(
            "--workers",
            str(options.workers),
            "--blocking-threads",
            "2",
            "--respawn-failed-workers",
            "--respawn-interval",
            "0.5",
        ),
        *("--no-ws", "--workers-kill-timeout", "10", "--log-level", "warning", "kezhi.config.wsgi:application"),
    ]
    shown = "127.0.0.1" if options.host in {"0.0.0.0", "::"} else options.host  # noqa: S104 - compared, not bound
    served = {environment.SERVED_AT: f"http://{shown}:{options.port}"}
    programs = [Program("web", web, environment=served)]
    if not options.no_worker:
        work = [sys.executable, "-m", "kezhi.config.cli", "worker"]
        programs.append(Program("worker", work, grace_seconds=30, waits_for_ready=True, environment=served))
    try:
        programs += _replication()
    except ReplicaProblem as problem:
        print(problem, file=sys.stderr)
        return 2
    supervisor = Supervisor(
        programs,
        ready=lambda: _answers(shown, options.port),
        on_ready=lambda: _announce(f"http://{shown}:{options.port}"),
    )
    return supervisor.run()


def _announce(address: str) -> None:
    print(f"Kezhi answers at {address}/ (Ctrl+C ends it)", flush=True)
    if not is_inhabited():
        # Beside the server, which is not kept waiting; it prints one line, or nothing, and is over. The thread only
        # takes its end, or the process would stay listed as long as the server runs.
        command = [sys.executable, "-m", "kezhi.config.cli", "user", "code", "--at", address]
        threading.Thread(target=subprocess.run, args=(command,), kwargs={"check": False}, daemon=True).start()


def _replication() -> list[Program]:
    """What follows the embedded database, where that is wanted."""
    target = environment.LITESTREAM.read()
    if target is None or environment.DATABASE_URL.read():
        return []
    replica = Replica(environment.DATA.read() / "kezhi.sqlite3", target, environment.LITESTREAM_DAYS.read())
    return [Program("litestream", replica.command(), waits_for_ready=True)]


def _migrate() -> int:
    return subprocess.run([sys.executable, "-m", "kezhi.config.cli", "migrate"], check=False).returncode


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _answers(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=0.2):
            return True
    except OSError:
        return False
