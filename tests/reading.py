"""Reading answers in tests without being misled by what is random in them.

A page holds tokens, icon hashes and times to the microsecond, any of which may hold "1234" or "ab". So a few digits or
a short word are looked for in what a person sees (``visible_text``), and a telephone number by all of its digits
(``holds_digits``), never in the whole source.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

UNSEEN = {"head", "script", "style", "svg", "template", "time"}


class _Seen(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in UNSEEN:
            self.inside.append(tag)
        elif tag == "input" and not self.inside:
            given = dict(attrs)
            if given.get("type") not in ("hidden", "password", "checkbox", "radio"):
                self.words.append(given.get("value") or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in UNSEEN:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.inside:
            while self.inside.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.words.append(data)


def visible_text(page: str) -> str:
    """What a person reads on a page or a piece of one, one blank between words: no tags, tokens, scripts or times."""
    seen = _Seen()
    seen.feed(page)
    seen.close()
    return " ".join(" ".join(seen.words).split())


def holds_digits(text: str, digits: str) -> bool:
    """Whether all these digits stand in a text in this order, however they are grouped: ``138 1234-5678``."""
    if len(digits) < 7:
        raise ValueError(f"{digits} may stand in any token by chance: look for it in visible_text()")
    return re.search(r"[\s().+-]{0,3}".join(digits), text) is not None
