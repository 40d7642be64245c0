"""What a browser loads for the first page of somebody signed in: bytes on the wire and requests."""

import re
from dataclasses import dataclass

from kezhi.config.benchmark.client import HttpClient, get

_LOADED = re.compile(
    r'<(?:script|img)[^>]+src="(/static/[^"]+)"|<link[^>]+rel="(?:stylesheet|modulepreload|preload)"[^>]+href="(/static/[^"]+)"'
    r'|<link[^>]+href="(/static/[^"]+)"[^>]+rel="(?:stylesheet|modulepreload|preload)"'
)


@dataclass(frozen=True, slots=True)
class FirstPage:
    """Kilobytes as sent, compressed where the server compresses; the page itself counts as a request."""

    kilobytes: float
    requests: int


def measure_first_page(port: int, cookie: str) -> FirstPage:
    """Ask for the page and for everything its head and body name."""
    client = HttpClient(port)
    headers = {"Cookie": cookie, "Accept-Encoding": "gzip, br"}
    try:
        page = client.ask(get("/", headers))
        text = page.body.decode() if b"content-encoding" not in page.head else ""
        loaded = {next(filter(None, found)) for found in _LOADED.findall(text)}
        total = len(page.body) + sum(len(client.ask(get(path, headers)).body) for path in sorted(loaded))
    finally:
        client.close()
    return FirstPage(total / 1024, 1 + len(loaded))
