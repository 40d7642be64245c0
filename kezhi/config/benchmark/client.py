"""A small HTTP client over raw sockets: cheap enough that what it measures is the server. Standard library only."""

import multiprocessing
import socket
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection

Request = Callable[[int], bytes]
"""The bytes of the n-th request of an act; n differs between clients, so that created records differ."""

_CLIENT_STRIDE = 1_000_000
_TIMEOUT = 60.0


class BadAnswer(Exception):
    """The server answered otherwise than it should; what was measured means nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, head (lower case) and body of one answer."""

    status: int
    head: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds as one client saw them, processor time of the server in each, and how many requests there were."""

    p50: float
    p95: float
    cpu: float
    count: int


class HttpClient:
    """One kept-alive connection."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket = self._connect()
        self._waiting = b""

    def ask(self, request: bytes) -> Answer:
        """Send a request and read the whole answer."""
        self._socket.sendall(request)
        while (end := self._waiting.find(b"\r\n\r\n")) < 0:
            self._read()
        head = self._waiting[:end].lower()
        self._waiting = self._waiting[end + 4 :]
        status = int(head[9:12])
        if b"\r\ntransfer-encoding: chunked" in head:
            body = self._chunks()
        else:
            found = head.find(b"\r\ncontent-length:")
            length = int(head[found + 17 :].partition(b"\r\n")[0]) if found >= 0 else 0
            body = self._take(length)
        return Answer(status, head, body)

    def close(self) -> None:
        self._socket.close()

    def _connect(self) -> socket.socket:
        connected = socket.create_connection(("127.0.0.1", self._port), timeout=_TIMEOUT)
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connected

    def _read(self) -> None:
        received = self._socket.recv(262_144)
        if not received:
            raise BadAnswer("the server closed the connection")
        self._waiting += received

    def _take(self, length: int) -> bytes:
        while len(self._waiting) < length:
            self._read()
        body, self._waiting = self._waiting[:length], self._waiting[length:]
        return body

    def _chunks(self) -> bytes:
        parts = []
        while True:
            while (end := self._waiting.find(b"\r\n")) < 0:
                self._read()
            size = int(self._waiting[:end].partition(b";")[0], 16)
            self._waiting = self._waiting[end + 2 :]
            parts.append(self._take(size + 2)[:-2])
            if size == 0:
                return b"".join(parts)


def get(path: str, headers: dict[str, str]) -> bytes:
    """A GET request."""
    return _request("GET", path, headers, b"")


def post(path: str, headers: dict[str, str], body: bytes) -> bytes:
    """A POST request."""
    return _request("POST", path, {**headers, "Content-Length": str(len(body))}, body)


def patch(path: str, headers: dict[str, str], body: bytes) -> bytes:
    """A PATCH request."""
    return _request("PATCH", path, {**headers, "Content-Length": str(len(body))}, body)


def measure_latency(
    port: int, request: Request, expected: int, *, seconds: float, cpu_seconds: Callable[[], float], most: int = 400
) -> Latency:
    """Ask one after the other for a while, after a short warm-up; ``cpu_seconds`` tells what the server used so far.

    Raises:
        BadAnswer: an answer had another status.
    """
    client = HttpClient(port)
    taken: list[float] = []
    try:
        for number in range(12):
            _check(client.ask(request(number)), expected)
        used = cpu_seconds()
        until = time.perf_counter() + seconds
        number = 12
        while len(taken) < most and (time.perf_counter() < until or len(taken) < 20):
            message = request(number)
            number += 1
            before = time.perf_counter()
            answer = client.ask(message)
            taken.append((time.perf_counter() - before) * 1000)
            _check(answer, expected)
        used = (cpu_seconds() - used) * 1000 / len(taken)
    finally:
        client.close()
    return Latency(statistics.median(taken), statistics.quantiles(taken, n=20)[18], used, len(taken))


def measure_throughput(port: int, request: Request, expected: int, *, clients: int, seconds: float) -> float:
    """Answers a second with so many clients asking at once, each a process of its own.

    Raises:
        BadAnswer: a client got another status, or none.
    """
    context = multiprocessing.get_context("fork")
    running = []
    for place in range(clients):
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(
            target=_keep_asking, args=(theirs, port, request, expected, (place + 1) * _CLIENT_STRIDE, seconds)
        )
        process.start()
        theirs.close()
        running.append((process, ours))
    total = 0.0
    problem = ""
    for process, ours in running:
        try:
            told = ours.recv() if ours.poll(seconds + _TIMEOUT) else "a client did not end in time"
        except EOFError:
            told = "a client died"
        if isinstance(told, str):
            problem = told
        else:
            total += told
        process.join(5)
        if process.is_alive():
            process.kill()
    if problem:
        raise BadAnswer(problem)
    return total


def _keep_asking(told: Connection, port: int, request: Request, expected: int, first: int, seconds: float) -> None:
    try:
        client = HttpClient(port)
        _check(client.ask(request(first)), expected)
        count, start = 0, time.perf_counter()
        while (spent := time.perf_counter() - start) < seconds:
            _check(client.ask(request(first + count + 1)), expected)
            count += 1
        told.send(count / spent)
    except (BadAnswer, OSError) as problem:
        told.send(str(problem) or type(problem).__name__)


def _check(answer: Answer, expected: int) -> None:
    if answer.status != expected:
        raise BadAnswer(f"status {answer.status} instead of {expected}: {answer.body[:300]!r}")


def _request(method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body
