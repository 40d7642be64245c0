"""Spreadsheets as they leave: streamed row by row, signed with who took them, and harmless when opened.

A cell that a spreadsheet would take for a formula (it begins with = + - @, a tab or a line break) is marked as text: in
a workbook by the cell's own format, which leaves the value as it is; in CSV by an apostrophe, which import takes off.
"""

import csv
import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

Cell = str | int | float | Decimal | bool | dt.date | dt.datetime | None

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_LONGEST_CELL = 32_767
_MOST_EXACT_DIGITS = 15


def is_dangerous(text: str) -> bool:
    """Whether a spreadsheet might take the text for a formula."""
    return text.startswith(_DANGEROUS)


class SheetWriter(ABC):
    """Writes one list. ``watermark`` says who took it, when and why; it stands above the headings."""

    def __init__(self, path: Path, *, title: str, watermark: str, author: str) -> None:
        self.path, self.title, self.watermark, self.author = path, title, watermark, author

    @abstractmethod
    def headings(self, names: Sequence[str]) -> None:
        """The heading row; called once, first."""

    @abstractmethod
    def row(self, cells: Sequence[Cell]) -> None:
        """One row."""

    @abstractmethod
    def close(self) -> None:
        """Finish the file."""


class XlsxWriter(SheetWriter):
    """A workbook, written row by row so that its size does not matter."""

    def __init__(self, path: Path, *, title: str, watermark: str, author: str) -> None:
        super().__init__(path, title=title, watermark=watermark, author=author)
        import xlsxwriter  # type: ignore[import-untyped]  # slow to load; web processes never write a workbook

        self._book = xlsxwriter.Workbook(
            str(path),
            {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "tmpdir": str(path.parent),
            },
        )
        self._book.set_properties({"title": title, "author": author, "comments": watermark, "company": _("客至")})
        self._sheet = self._book.add_worksheet(_sheet_name(title))
        self._sheet.set_footer(f"&L{_footer(watermark)}&R&P / &N")
        self._bold = self._book.add_format({"bold": True, "bottom": 1})
        self._faint = self._book.add_format({"font_color": "#777777"})
        self._text = self._book.add_format({"quote_prefix": True, "num_format": "@"})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._moment = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self._money = self._book.add_format({"num_format": "#,##0.00"})
        self._number = 0

    def headings(self, names: Sequence[str]) -> None:
        self._sheet.set_column(0, max(len(names) - 1, 0), 18)
        self._sheet.write_string(0, 0, self.watermark[:_LONGEST_CELL], self._faint)
        for column, name in enumerate(names):
            self._sheet.write_string(1, column, name, self._text_or(name, self._bold))
        self._sheet.freeze_panes(2, 1)
        self._number = 2

    def row(self, cells: Sequence[Cell]) -> None:
        for column, cell in enumerate(cells):
            self._write(column, cell)
        self._number += 1

    def _write(self, column: int, cell: Cell) -> None:
        number, sheet = self._number, self._sheet
        if cell is None or cell == "":
            return
        if isinstance(cell, bool):
            sheet.write_boolean(number, column, cell)
        elif isinstance(cell, Decimal):
            if len(cell.as_tuple().digits) > _MOST_EXACT_DIGITS:
                sheet.write_string(number, column, f"{cell:f}", self._text)
            else:
                sheet.write_number(number, column, float(cell), self._money)
        elif isinstance(cell, (int, float)):
            sheet.write_number(number, column, cell)
        elif isinstance(cell, dt.datetime):
            sheet.write_datetime(number, column, cell, self._moment)
        elif isinstance(cell, dt.date):
            sheet.write_datetime(number, column, dt.datetime(cell.year, cell.month, cell.day), self._day)  # noqa: DTZ001
        else:
            text = str(cell)[:_LONGEST_CELL]
            sheet.write_string(number, column, text, self._text if is_dangerous(text) else None)

    def _text_or(self, text: str, style: Any) -> Any:
        return self._text if is_dangerous(text) else style

    def close(self) -> None:
        self._book.close()


class CsvWriter(SheetWriter):
    """UTF-8 with its mark, so that spreadsheet programs read Chinese."""

    def __init__(self, path: Path, *, title: str, watermark: str, author: str) -> None:
        super().__init__(path, title=title, watermark=watermark, author=author)
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file, quoting=csv.QUOTE_MINIMAL)

    def headings(self, names: Sequence[str]) -> None:
        self._writer.writerow([_harmless(self.watermark)])
        self._writer.writerow([_harmless(name) for name in names])

    def row(self, cells: Sequence[Cell]) -> None:
        self._writer.writerow([_plain(cell) for cell in cells])

    def close(self) -> None:
        self._file.close()


def sheet_writer(format_name: str, path: Path, *, title: str, watermark: str, author: str) -> SheetWriter:
    """The writer for "xlsx" or "csv"."""
    kind = XlsxWriter if format_name == "xlsx" else CsvWriter
    return kind(path, title=title, watermark=watermark, author=author)


def _plain(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return _("是") if cell else _("否")
    if isinstance(cell, dt.datetime):
        return cell.strftime("%Y-%m-%d %H:%M")
    if isinstance(cell, Decimal):
        return f"{cell:f}"
    if isinstance(cell, (int, float, dt.date)):
        return str(cell)
    return _harmless(cell)


def _harmless(text: str) -> str:
    return f"'{text}" if is_dangerous(text) else text


def _sheet_name(title: str) -> str:
    return "".join(character for character in title if character not in "[]:*?/\\'")[:31] or "Sheet1"


def _footer(text: str) -> str:
    return text.replace("&", "&&")[:200]
