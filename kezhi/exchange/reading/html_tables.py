"""Web pages that call themselves ``.xls``: many systems export nothing else. The largest table in them is read."""

from html.parser import HTMLParser

from kezhi.exchange.reading.problems import ReadingLimits
from kezhi.exchange.reading.texts import too_many_columns


def largest_table(text: str, limits: ReadingLimits) -> list[list[str]]:
    """The rows of the table with the most rows; none when the page holds no table.

    Raises:
        ReadingProblem: ``too_many_columns``.
    """
    parser = _Tables(limits)
    parser.feed(text)
    parser.close()
    return max(parser.tables, key=len, default=[])


class _Tables(HTMLParser):
    def __init__(self, limits: ReadingLimits) -> None:
        super().__init__(convert_charrefs=True)
        self._limits = limits
        self.tables: list[list[list[str]]] = []
        self._cell: list[str] | None = None
        self._span = 1
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style"):
            self._hidden += 1
        elif tag == "table":
            self._end_cell()
            self.tables.append([])
        elif tag == "tr":
            self._end_cell()
            if not self.tables:
                self.tables.append([])
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self._end_cell()
            self._cell = []
            span = dict(attrs).get("colspan") or "1"
            self._span = min(int(span), self._limits.columns) if span.isdecimal() else 1
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style"):
            self._hidden = max(0, self._hidden - 1)
        elif tag in ("td", "th", "tr", "table"):
            self._end_cell()

    def handle_data(self, data: str) -> None:
        if self._cell is not None and not self._hidden:
            self._cell.append(data)

    def _end_cell(self) -> None:
        if self._cell is None:
            return
        if not self.tables or not self.tables[-1]:
            self.tables.append([[]])
        row = self.tables[-1][-1]
        row.extend([" ".join("".join(self._cell).split(" ")).strip(), *[""] * (self._span - 1)])
        if len(row) > self._limits.columns:
            raise too_many_columns(len(row), self._limits.columns)
        self._cell = None
