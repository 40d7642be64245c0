"""The words of a mail that is written in HTML: plain text, whatever the page wants to load or run."""

from html.parser import HTMLParser

_SILENT = {"script", "style", "head", "title", "template", "noscript", "object", "svg", "math"}
_BREAKS = {"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "hr", "section"}
_QUOTED = {"blockquote"}
_DEEPEST = 200


def html_words(markup: str) -> str:
    """The text of a page as somebody reads it, one line per block; quoted parts begin with ``> ``."""
    parser = _Words()
    parser.feed(markup)
    parser.close()
    return parser.text()


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[tuple[int, list[str]]] = [(0, [])]
        self._silent: list[str] = []
        self._quoted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            # A page that opens a thousand of them says nothing; one that never closes its head still does.
            self._silent = [*self._silent, tag][-_DEEPEST:]
        elif tag == "body":
            self._silent = []
        elif tag in _QUOTED:
            self._quoted += 1
            self._break()
        elif tag in _BREAKS:
            self._break()
        elif tag in ("td", "th"):
            self._lines[-1][1].append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            if tag in self._silent:
                del self._silent[self._silent.index(tag) :]
        elif tag in _QUOTED:
            self._quoted = max(0, self._quoted - 1)
            self._break()
        elif tag in _BREAKS:
            self._break()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._lines[-1][1].append(data)

    def text(self) -> str:
        """What was gathered."""
        lines = []
        for depth, pieces in self._lines:
            words = " ".join("".join(pieces).split())
            lines.append("> " * min(depth, 3) + words if words else "")
        return "\n".join(lines)

    def _break(self) -> None:
        self._lines.append((self._quoted, []))
