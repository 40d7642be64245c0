"""``kezhi up`` as a whole: it answers, and goes on answering when its parts are killed."""

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import psutil
import pytest

from kezhi.core.tests.processes import free_port, wait_until


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def environment(tmp_path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("KEZHI_", "DATABASE_"))}
    kept["DJANGO_SETTINGS_MODULE"] = "kezhi.config.settings"
    return kept | {"KEZHI_DATA": str(tmp_path), "PYTHONWARNINGS": "ignore", "KEZHI_LOG_LEVEL": "ERROR"}


def answers(port: int) -> bool:
    try:
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
    except urllib.error.HTTPError as answer:
        answer.close()
        return answer.code < 500
    except OSError:
        return False
    return True


@pytest.mark.early
def test_everything_starts_survives_kills_and_ends(port, environment, tmp_path):
    command = [sys.executable, "-m", "kezhi.config.cli", "up", "--port", str(port)]
    up = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        line = up.stdout.readline()
        while "answers" not in line:
            assert line, "ended before it answered"
            line = up.stdout.readline()
        assert f"http://127.0.0.1:{port}/" in line
        wait_until(lambda: answers(port))
        wait_until(lambda: len(list(tmp_path.glob("run/worker-*.wake"))) == 1)

        second = subprocess.run(
            [*command[:-1], str(port + 1)], env=environment, capture_output=True, text=True, check=False
        )
        assert (second.returncode, str(up.pid) in second.stderr) == (1, True)

        # granian and its web process, and the worker; what tells the code of the first page has ended and left nothing
        wait_until(lambda: len(psutil.Process(up.pid).children(recursive=True)) == 3)
        children = psutil.Process(up.pid).children(recursive=True)
        for child in children:
            child.kill()
        psutil.wait_procs(children, timeout=100)
        wait_until(lambda: answers(port))
        wait_until(lambda: len(psutil.Process(up.pid).children(recursive=True)) == 3)

        everybody = psutil.Process(up.pid).children(recursive=True)
        up.send_signal(signal.SIGTERM)
        up.wait(timeout=100)
        _gone, alive = psutil.wait_procs(everybody, timeout=100)
        assert alive == []
    finally:
        for child in psutil.Process(up.pid).children(recursive=True) if up.poll() is None else []:
            child.kill()
        up.kill()
        up.communicate()


def test_a_port_in_use_is_said_at_once(environment):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "kezhi.config.cli", "up", "--port", port],
            env=environment,
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )

    assert done.returncode == 1
    assert port in done.stderr
