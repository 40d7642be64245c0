"""The one way out: which addresses are refused, what a slow or talkative server can do, where redirects may lead."""

import socket

import pytest

from kezhi.access.actors import system_actor
from kezhi.core.figures import set_figure
from kezhi.core.values.problem import ValueProblem
from kezhi.exchange.outgoing import AddressForbidden, Limits, Unreachable, check_address, send_request
from kezhi.exchange.tests.servers import tls_context, trust, web_server

pytestmark = pytest.mark.django_db

REFUSED = [
    "http://127.0.0.1/",
    "http://localhost/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0.0.0.0/",
    "http://10.1.2.3/",
    "http://172.16.0.1/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://224.0.0.1/",
    "http://[::1]/",
    "http://[::ffff:10.0.0.1]/",
    "http://[fe80::1]/",
    "http://[fc00::1]/",
    "http://[ff02::1]/",
    "http://[2002:a00:1::1]/",
    "http://[64:ff9b::a00:1]/",
    "http://192.0.0.192/opc/v2/",
    "http://192.88.99.1/",
    "http://168.63.129.16/machine/",
    "http://[fec0::1]/",
    "http://[3fff::1]/",
    "http://[::ffff:192.0.0.192]/",
]


@pytest.mark.parametrize("url", REFUSED)
def test_an_internal_address_is_refused_however_it_is_written(url):
    with pytest.raises(AddressForbidden) as refused:
        send_request("GET", url)

    assert refused.value.code == "address.internal"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "example.com",
        "http://",
        "https://例子.中国/",
        "http://a b/",
        "http://x\r\ny/",
        "http://x:99999/",
    ],
)
def test_what_is_no_web_address_is_refused(url):
    with pytest.raises(AddressForbidden) as refused:
        check_address(url)

    assert refused.value.code == "address.syntax"


def test_an_address_with_a_password_is_refused():
    with pytest.raises(AddressForbidden) as refused:
        check_address("https://li:secret@example.com/")

    assert refused.value.code == "address.password"


def allow(hosts):
    set_figure("outgoing.allowed_hosts", hosts, actor_ref=system_actor("tests").ref)


def test_an_internal_host_is_reached_once_it_is_allowed():
    allow("erp.local, 127.0.0.1")
    with web_server(body=b"hello") as server:
        answer = send_request("POST", server.url, body=b"x", headers={"X-A": "one\r\nX-B: two"})

    assert (answer.status, answer.body, answer.is_cut) == (200, b"hello", False)
    assert server.got[0].headers["x-a"] == "oneX-B: two"
    assert "x-b" not in server.got[0].headers


@pytest.mark.parametrize("hosts", ["0.0.0.0/0", "::/0", "a_b!"])
def test_the_whole_network_cannot_be_allowed(hosts):
    with pytest.raises(ValueProblem):
        allow(hosts)


def test_a_name_that_changes_its_mind_gains_nothing(monkeypatch):
    asked = []

    def answers(host, port, *args, **kwargs):
        asked.append(host)
        address = "93.184.216.34" if len(asked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    reached = []

    def connect(self, target):
        reached.append(target)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", answers)
    monkeypatch.setattr(socket.socket, "connect", connect)

    with pytest.raises(Unreachable):
        send_request("GET", "http://rebind.example/")

    assert asked == ["rebind.example"]
    assert reached == [("93.184.216.34", 80)]


def test_a_name_with_one_internal_address_among_others_is_refused(monkeypatch):
    rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: rows)

    with pytest.raises(AddressForbidden):
        send_request("GET", "http://half.example/")


def test_a_redirect_into_the_internal_network_is_refused():
    allow("127.0.0.1")
    with web_server(status=302, headers={"Location": "http://169.254.169.254/"}) as server:
        with pytest.raises(AddressForbidden):
            send_request("GET", server.url, limits=Limits(5, 1000, redirects=3))

        assert send_request("POST", server.url).status == 302
        assert send_request("GET", server.url).status == 302


def test_a_redirect_that_never_ends_ends():
    allow("127.0.0.1")
    with web_server(status=302, headers={"Location": "/again"}) as server, pytest.raises(Unreachable) as lost:
        send_request("GET", server.url, limits=Limits(5, 1000, redirects=3))

    assert lost.value.code == "reach.redirects"
    assert len(server.got) == 4


def test_ten_megabytes_are_cut():
    allow("127.0.0.1")
    with web_server(body=b"x" * 10_000_000) as server:
        answer = send_request("GET", server.url)

    assert (len(answer.body), answer.is_cut) == (256 * 1024, True)


def drip(handler):
    """A byte now and then, for ever: no single wait is long."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    try:
        while True:
            handler.wfile.write(b"X-Slow: 1\r\n")
            handler.wfile.flush()
            handler.connection.settimeout(0.02)
            try:
                handler.connection.recv(1)
                return
            except TimeoutError:
                pass
    except OSError:
        return


def silent(handler):
    """Never a word."""
    handler.connection.settimeout(5)
    try:
        handler.connection.recv(1)
    except OSError:
        return


@pytest.mark.parametrize("manner", [drip, silent])
def test_a_server_that_never_answers_is_left(manner):
    allow("127.0.0.1")
    with web_server(stream=manner) as server, pytest.raises(Unreachable) as lost:
        send_request("GET", server.url, limits=Limits(0.3, 1000))

    assert lost.value.code in ("reach.slow", "reach.broken")


def test_a_host_that_refuses_and_a_name_that_does_not_exist_are_told_apart(monkeypatch):
    allow("127.0.0.1")
    with web_server() as server:
        closed = server.url
    with pytest.raises(Unreachable) as refused:
        send_request("GET", closed)

    def unknown(*args, **kwargs):
        raise socket.gaierror(-2, "unknown")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(Unreachable) as nameless:
        send_request("GET", "http://nowhere.example/")

    assert (refused.value.code, nameless.value.code) == ("reach.refused", "reach.name")
    assert nameless.value.message == "找不到主机 nowhere.example，请核对地址。"


def test_a_certificate_nobody_vouches_for_is_refused(tmp_path):
    allow("127.0.0.1")
    with web_server(tls=tls_context(tmp_path)) as server, pytest.raises(Unreachable) as refused:
        send_request("GET", server.url)

    assert (refused.value.code, server.got) == ("reach.certificate", [])


def test_a_trusted_server_is_spoken_to_over_tls(tmp_path, monkeypatch):
    allow("127.0.0.1")
    with web_server(tls=tls_context(tmp_path), body=b"hello") as server:
        trust(monkeypatch, tmp_path)
        answer = send_request("GET", server.url)

    assert (answer.status, answer.body) == (200, b"hello")
