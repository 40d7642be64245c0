"""The real server on a free port of this machine, and what it takes."""

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kezhi.config.benchmark.client import BadAnswer

_PATIENCE = 60.0
THREADS = 2


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its port, and the process that started it."""

    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """Processor time its processes have used; Linux only, else 0."""
        total = 0
        for process in [self.pid, *_children(self.pid)]:
            for thread in Path(f"/proc/{process}/task").glob("*/schedstat"):
                with contextlib.suppress(OSError):
                    total += int(thread.read_text().split()[0])
        return total / 1e9


@contextmanager
def web_server(
    workers: int, *, settings: str = "kezhi.config.settings", first: str = "/health/live/"
) -> Iterator[Server]:
    """Granian as ``kezhi up`` starts it, once it answers at ``first``."""
    port = free_port()
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", str(workers), "--blocking-threads", str(THREADS), "--no-ws", "--log-level", "warning"),
        "kezhi.config.wsgi:application",
    ]
    with _running(command, {"DJANGO_SETTINGS_MODULE": settings}) as process:
        _wait_for_answer(port, first)
        yield Server(port, process.pid)


@contextmanager
def up_server() -> Iterator[Server]:
    """``kezhi up`` as a user starts it, pages and worker, once it answers."""
    port = free_port()
    with _running([sys.executable, "-m", "kezhi.config.cli", "up", "--port", str(port)], {}) as process:
        _wait_for_answer(port, "/sign-in/")
        yield Server(port, process.pid)


def measure_start() -> tuple[float, float]:
    """Seconds from ``kezhi up`` to the first answered page, and MB of all its processes some seconds later."""
    port = free_port()
    command = [sys.executable, "-m", "kezhi.config.cli", "up", "--port", str(port)]
    start = time.perf_counter()
    with _running(command, {}) as process:
        _wait_for_answer(port, "/sign-in/")
        taken = time.perf_counter() - start
        time.sleep(6)  # the worker starts after the pages
        _wait_for_answer(port, "/sign-in/")
        return taken, tree_megabytes(process.pid)


def sign_in(port: int, username: str, password: str) -> str:
    """The cookie header of a signed-in session.

    Raises:
        BadAnswer: the server did not let the user in.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/sign-in/")
    answer = connection.getresponse()
    page = answer.read().decode()
    cookies = _cookies(answer)
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    form = {"username": username, "password": password, "csrfmiddlewaretoken": found[1] if found else "", "next": ""}
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": _header(cookies)}
    connection.request("POST", "/sign-in/", urllib.parse.urlencode(form), headers)
    answer = connection.getresponse()
    answer.read()
    cookies |= _cookies(answer)
    if answer.status != 302 or "sessionid" not in cookies:
        raise BadAnswer(f"signing in was answered with {answer.status}")
    return _header(cookies)


def tree_megabytes(pid: int) -> float:
    """Memory of a process and everything it started, shared pages counted once (PSS); Linux only, else 0."""
    total = 0.0
    for process in [pid, *_children(pid)]:
        try:
            for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) / 1024
        except OSError:
            continue
    return total


def _children(pid: int) -> list[int]:
    found: list[int] = []
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *_children(int(child))]
    except OSError:
        pass
    return found


@contextmanager
def _running(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, env={**os.environ, **environment}, start_new_session=True)  # noqa: S603
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_for_answer(port: int, path: str) -> None:
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", path)
            connection.getresponse().read()
            return
        except OSError:
            if time.monotonic() > until:
                raise BadAnswer("the server did not start") from None
            time.sleep(0.02)


def _cookies(answer: http.client.HTTPResponse) -> dict[str, str]:
    pairs = (value.partition(";")[0].partition("=") for value in answer.headers.get_all("Set-Cookie") or [])
    return {name: value for name, _sign, value in pairs}


def _header(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())
