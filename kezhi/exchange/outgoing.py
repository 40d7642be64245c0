"""The one way out: every request Kezhi sends to another server goes through here (DATA-3, AUTO-9).

The name is resolved here and every address it has is looked at; the connection then goes to a checked address, so a
name that changes its mind between the look and the connection (DNS rebinding) gains nothing. Private, loopback,
link-local, multicast and reserved addresses are refused unless the figure ``outgoing.allowed_hosts`` names them. The
whole request has a time limit that a server dripping single bytes cannot stretch, and an answer is cut at a size limit.
No proxy of the environment is used: it would resolve names again, unchecked.
"""

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import cast
from urllib.parse import SplitResult, urljoin, urlsplit

from kezhi.core.figures import integer_figure, text_figure
from kezhi.exchange.faults import Fault

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_PIECE = 16 * 1024
_LONGEST_ADDRESS = 2000
_REDIRECTS = (301, 302, 303, 307, 308)
# Addresses for special use that some versions of Python take for public ones, among them those under which clouds tell
# their machines secrets (192.0.0.192, 168.63.129.16).
_SPECIAL = tuple(
    ipaddress.ip_network(net)
    for net in ("192.0.0.0/24", "192.88.99.0/24", "168.63.129.16/32", "fec0::/10", "3fff::/20", "5f00::/16")
)
# Addresses inside which an IPv4 address travels: 6to4, Teredo and NAT64 would reach a private one unseen.
_TUNNELS = tuple(ipaddress.ip_network(net) for net in ("2002::/16", "2001::/32", "64:ff9b::/96", "64:ff9b:1::/48"))


class AddressForbidden(Fault):
    """The address is not one to send to (``address.*``); trying again cannot help."""


class Unreachable(Fault):
    """No answer this time (``reach.*``): name not found, refused, too slow, broken off. Another time may help."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said. ``body`` holds at most the size limit; ``is_cut`` tells that there was more."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_cut: bool
    url: str

    @property
    def is_success(self) -> bool:
        """Whether the status is one of the 200s."""
        return 200 <= self.status < 300

    def text(self, longest: int = 500) -> str:
        """The beginning of the body as text, for a log."""
        return self.body[: longest * 4].decode("utf-8", "replace").replace("\x00", "")[:longest]


@dataclass(frozen=True, slots=True)
class Limits:
    """How long one request may take altogether and how much of the answer is read."""

    seconds: float
    answer_bytes: int
    redirects: int = 0

    @classmethod
    def usual(cls) -> "Limits":
        """As the figures say; no redirects."""
        return cls(integer_figure("outgoing.seconds"), integer_figure("outgoing.answer_kilobytes") * 1024)


@dataclass(slots=True)
class Deadline:
    """Ends a conversation by shutting its connection: the one thing that stops a read that always gets one more byte.

    Every socket used is put into ``sockets``.
    """

    seconds: float
    sockets: list[socket.socket] = field(default_factory=list)
    is_over: bool = False
    _started: float = field(default_factory=monotonic)

    def left(self) -> float:
        """Seconds left; raises when there are none."""
        rest = self.seconds - (monotonic() - self._started)
        if rest <= 0 or self.is_over:
            raise Unreachable("reach.slow", seconds=round(self.seconds))
        return rest

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """While the conversation lasts: ends it when the time is over."""
        watch = threading.Timer(self.seconds, self._end)
        watch.daemon = True
        watch.start()
        try:
            yield
        finally:
            watch.cancel()

    def _end(self) -> None:
        self.is_over = True
        for opened in self.sockets:
            with contextlib.suppress(OSError):
                opened.shutdown(socket.SHUT_RDWR)


def send_request(
    method: str, url: str, *, body: bytes = b"", headers: Mapping[str, str] | None = None, limits: Limits | None = None
) -> Answer:
    """Send a request and give the answer, whatever its status. Redirects are followed only for GET and as limited.

    Raises:
        AddressForbidden: the address is malformed, not http(s), or leads to a network that is not to be reached.
        Unreachable: there was no complete answer within the limits.
    """
    limits = limits or Limits.usual()
    deadline = Deadline(limits.seconds)
    sent = {name: _header(value) for name, value in (headers or {}).items()}
    with deadline.watched():
        for _hop in range(limits.redirects + 1):
            answer = _exchange(method, url, body, sent, limits, deadline)
            target = answer.headers.get("location", "")
            if method != "GET" or answer.status not in _REDIRECTS or not target or not limits.redirects:
                return answer
            onward = urljoin(url, target)
            if urlsplit(onward).netloc != urlsplit(url).netloc:
                sent.pop("Authorization", None)
            url = onward
    raise Unreachable("reach.redirects")


def check_address(url: str) -> str:
    """The address as it can be stored, checked without asking any server.

    Raises:
        AddressForbidden: not an http(s) address, holds a password, or names a network that is not to be reached.
    """
    parts = _parts(url.strip())
    host = cast("str", parts.hostname)
    with contextlib.suppress(ValueError):
        if not _may_reach(ipaddress.ip_address(host), host):
            raise AddressForbidden("address.internal", host=host)
    if host == "localhost" and host not in _allowed()[0]:
        raise AddressForbidden("address.internal", host=host)
    return parts.geturl()


def host_of(url: str) -> str:
    """The host an address names, in lower case; "" when it names none."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def is_allowed_host(host: str) -> bool:
    """Whether the administrator named this host among the internal ones that may be reached."""
    names, networks = _allowed()
    if host.lower() in names:
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in networks)


def _exchange(
    method: str, url: str, body: bytes, headers: dict[str, str], limits: Limits, deadline: Deadline
) -> Answer:
    parts = _parts(url)
    host = cast("str", parts.hostname)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    path = parts.path or "/"
    if parts.query:
        path += f"?{parts.query}"
    try:
        with contextlib.closing(_connect(host, port, parts.scheme, deadline)) as connection:
            connection.request(
                method,
                path,
                body=body if body or method != "GET" else None,
                headers={"Accept-Encoding": "identity", "Connection": "close", "User-Agent": "Kezhi"} | headers,
            )
            with contextlib.closing(connection.getresponse()) as response:
                content = b"".join(_pieces(response, limits.answer_bytes + 1, deadline))
            if deadline.is_over:
                raise Unreachable("reach.slow", seconds=round(limits.seconds))
            given = {name.lower(): value for name, value in response.getheaders()}
            is_cut = len(content) > limits.answer_bytes
            return Answer(response.status, given, content[: limits.answer_bytes], is_cut, url)
    except ssl.SSLError as problem:
        deadline.left()
        raise Unreachable("reach.certificate", host=host, reason=problem.reason or "") from problem
    except (OSError, http.client.HTTPException, UnicodeError) as problem:
        deadline.left()
        if isinstance(problem, TimeoutError):
            raise Unreachable("reach.slow", seconds=round(limits.seconds)) from problem
        raise Unreachable("reach.broken", host=host) from problem


def _pieces(response: http.client.HTTPResponse, largest: int, deadline: Deadline) -> Iterator[bytes]:
    while largest > 0:
        deadline.left()
        piece = response.read1(min(_PIECE, largest))
        if not piece:
            return
        largest -= len(piece)
        yield piece


def _connect(host: str, port: int, scheme: str, deadline: Deadline) -> http.client.HTTPConnection:
    """A connection to one of the host's addresses, each of which was checked before the first is tried."""
    last: OSError | None = None
    for family, target in _addresses(host, port):
        opened = socket.socket(family, socket.SOCK_STREAM)
        deadline.sockets.append(opened)
        try:
            opened.settimeout(deadline.left())
            opened.connect(target)
            if scheme == "https":
                opened = ssl.create_default_context().wrap_socket(opened, server_hostname=host)
                deadline.sockets.append(opened)
        except ssl.SSLError:
            opened.close()
            raise
        except OSError as problem:
            opened.close()
            last = problem
            continue
        except BaseException:
            opened.close()
            raise
        connection = http.client.HTTPConnection(host, port, timeout=deadline.seconds)
        if (scheme, port) in (("https", 443), ("http", 80)):
            connection.default_port = port  # keeps ":443" out of the Host header
        connection.sock = opened
        return connection
    deadline.left()
    raise Unreachable("reach.refused", host=host) from last


def _addresses(host: str, port: int) -> list[tuple[int, tuple[str, int] | tuple[str, int, int, int]]]:
    try:
        rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise Unreachable("reach.name", host=host) from problem
    found: list[tuple[int, tuple[str, int] | tuple[str, int, int, int]]] = []
    for family, _type, _protocol, _name, target in rows:
        if family not in (socket.AF_INET, socket.AF_INET6):
            continue
        address = ipaddress.ip_address(str(target[0]).partition("%")[0])
        # One forbidden address is enough: a name that leads inside at all is not one to send to.
        if not _may_reach(address, host):
            raise AddressForbidden("address.internal", host=host)
        found.append((int(family), cast("tuple[str, int]", target)))
    if not found:
        raise Unreachable("reach.name", host=host)
    return found


def _may_reach(address: _Address, host: str) -> bool:
    names, networks = _allowed()
    if host.lower() in names or any(address in network for network in networks):
        return True
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return _may_reach(address.ipv4_mapped, host)
        if any(address in tunnel for tunnel in _TUNNELS):
            return False
    if any(address in network for network in _SPECIAL if network.version == address.version):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _allowed() -> tuple[frozenset[str], tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]]:
    return split_hosts(text_figure("outgoing.allowed_hosts"))


def split_hosts(text: str) -> tuple[frozenset[str], tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]]:
    """Host names and networks out of what the administrator typed, separated by commas or spaces."""
    names: set[str] = set()
    networks: list[ipaddress.IPv4Network | ipaddress.IPv6Network] = []
    for entry in text.replace("，", ",").replace(",", " ").split():
        try:
            networks.append(ipaddress.ip_network(entry, strict=False))
        except ValueError:
            names.add(entry.lower())
    return frozenset(names), tuple(networks)


def _parts(url: str) -> SplitResult:
    if len(url) > _LONGEST_ADDRESS or any(character <= " " or character == "\x7f" for character in url):
        raise AddressForbidden("address.syntax")
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
        url.encode("ascii")
    except ValueError:
        raise AddressForbidden("address.syntax") from None
    if parts.scheme not in ("http", "https") or not host:
        raise AddressForbidden("address.syntax")
    if parts.username is not None or parts.password is not None:
        raise AddressForbidden("address.password")
    return parts._replace(fragment="")


def _header(value: str) -> str:
    """A header's value that cannot begin a second header."""
    return "".join(character for character in value if " " <= character != "\x7f")
