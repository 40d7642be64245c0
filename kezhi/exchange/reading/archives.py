"""A packed workbook is measured before anything opens it: how far it inflates, how many rows and columns it really has.

A reader allocates a sheet from its first to its last cell, so one cell in the far corner is as dangerous as a bomb; and
the sizes declared in an archive are claims. Everything is therefore inflated once, in pieces, and counted on the way.
"""

import re
import zipfile
import zlib
from dataclasses import dataclass
from io import BytesIO

from django.utils.translation import gettext_lazy as _

from kezhi.exchange.reading.file_kinds import password, truncated
from kezhi.exchange.reading.problems import ReadingLimits, ReadingProblem

_PIECE = 1 << 20
_SMALL = 8 * 1024 * 1024  # below this any ratio is harmless
_OVERLAP = 256  # a mark cut by the edge of a piece is found with the next one
_ROW = re.compile(rb"<(?:\w+:)?row[ >/]")
_ROW_NUMBER = re.compile(rb'<(?:\w+:)?row [^>]*?\br="(\d{1,10})"')
_WIDE_COLUMN = re.compile(rb' r="([A-Z]{2,4})\d')
_DIMENSION = re.compile(rb'<(?:\w+:)?dimension ref="[A-Z]+\d+:([A-Z]{1,4})(\d{1,10})"')
_CELL = re.compile(rb"<(?:\w+:)?c[ >/]")
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")
_SHEET = re.compile(r"<(?:\w+:)?sheet\s[^>]*>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\s[^>]*>")
_ATTRIBUTE = re.compile(r'([\w:]+)\s*=\s*(?:"([^"]*)"|\'([^\']*)\')')


@dataclass(frozen=True)
class SheetExtent:
    """What was counted in one worksheet. ``is_over`` when a limit was met and counting stopped there."""

    rows: int  # counted, or declared by the sheet where counting stopped
    columns: int
    has_formulas: bool
    is_over: bool


def measure(content: bytes, limits: ReadingLimits) -> dict[str, SheetExtent]:
    """Inflate the whole archive in pieces and give back each worksheet's extent by the sheet's name.

    Raises:
        ReadingProblem: ``zip_bomb``, ``truncated`` or ``password``.
    """
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            _check_directory(archive, limits)
            paths = _sheet_paths(archive)
            return _measure_entries(archive, paths, limits)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, OSError, ValueError):
        raise truncated() from None
    except (RuntimeError, NotImplementedError):  # how zipfile says "encrypted" and "unknown packing"
        raise password() from None


def _check_directory(archive: zipfile.ZipFile, limits: ReadingLimits) -> None:
    entries = archive.infolist()
    if len(entries) > limits.archive_entries:
        raise _bomb()
    if sum(entry.file_size for entry in entries) > limits.inflated_bytes:
        raise _bomb()
    for entry in entries:
        if entry.file_size > _SMALL and entry.file_size > max(entry.compress_size, 1) * limits.inflation:
            raise _bomb()


def _measure_entries(archive: zipfile.ZipFile, paths: dict[str, str], limits: ReadingLimits) -> dict[str, SheetExtent]:
    names_by_path = {path: name for name, path in paths.items()}
    extents: dict[str, SheetExtent] = {}
    total = 0
    for entry in archive.infolist():
        counter = _Counter(limits) if entry.filename in names_by_path else None
        inflated = 0
        with archive.open(entry) as stream:
            while piece := stream.read(_PIECE):
                inflated += len(piece)
                total += len(piece)
                if total > limits.inflated_bytes:
                    raise _bomb()
                if inflated > _SMALL and inflated > max(entry.compress_size, 1) * limits.inflation:
                    raise _bomb()
                if counter is not None:
                    counter.take(piece)
                    if counter.is_over:
                        break  # this sheet will not be opened, so the rest of it does not matter
        if counter is not None:
            extents[names_by_path[entry.filename]] = counter.extent()
    return extents


class _Counter:
    def __init__(self, limits: ReadingLimits) -> None:
        self._limits = limits
        self._tail = b""
        self._row_marks = 0
        self._last_row = 0
        self._cells_in_row = 0
        self._columns = 26
        self._has_formulas = False
        self._declared: tuple[int, int] | None = None
        self.is_over = False

    def take(self, piece: bytes) -> None:
        window = self._tail + piece
        start = len(self._tail)
        if self._declared is None:
            declared = _DIMENSION.search(window)
            self._declared = (int(declared[2]), _column_number(declared[1])) if declared else (0, 0)
        self._row_marks += sum(1 for mark in _ROW.finditer(window) if mark.end() > start)
        for number in _ROW_NUMBER.findall(window):
            self._last_row = max(self._last_row, int(number))
        for letters in set(_WIDE_COLUMN.findall(window)):
            self._columns = max(self._columns, _column_number(letters))
        self._count_unnamed_cells(piece)
        self._has_formulas = self._has_formulas or _FORMULA.search(window) is not None
        self._tail = window[-_OVERLAP:]
        rows = max(self._row_marks, self._last_row)
        self.is_over = (
            rows > self._limits.rows + _HEADING_ALLOWANCE
            or self._columns > self._limits.columns
            or rows * self._columns > self._limits.cells
        )

    def _count_unnamed_cells(self, piece: bytes) -> None:
        """Cells may leave their address out; then only counting tells how wide the widest row is."""
        if b' r="' in piece:
            return
        for row in _ROW.split(piece):
            self._columns = max(self._columns, len(_CELL.findall(row)))

    def extent(self) -> SheetExtent:
        rows, columns = max(self._row_marks, self._last_row), self._columns
        if self.is_over and self._declared is not None:
            rows, columns = max(rows, self._declared[0]), max(columns, self._declared[1])
        return SheetExtent(rows, columns, self._has_formulas, self.is_over)


_HEADING_ALLOWANCE = 50  # titles, remarks and blank rows above the list do not count against it


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _sheet_paths(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name → path in the archive. Read with patterns, so that no entity is ever expanded."""
    relations: dict[str, str] = {}
    for tag in _RELATION.findall(_small_text(archive, "xl/_rels/workbook.xml.rels")):
        attributes = _attributes(tag)
        target = attributes.get("Target", "")
        relations[attributes.get("Id", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    paths: dict[str, str] = {}
    for tag in _SHEET.findall(_small_text(archive, "xl/workbook.xml")):
        attributes = _attributes(tag)
        relation = next((value for key, value in attributes.items() if key.endswith(":id")), "")
        if relation in relations:
            paths[_unescape(attributes.get("name", ""))] = relations[relation]
    return paths


def _small_text(archive: zipfile.ZipFile, path: str) -> str:
    with archive.open(path) as stream:
        text = stream.read(_SMALL + 1)
    if len(text) > _SMALL:
        raise _bomb()
    return text.decode("utf-8", "replace")


def _attributes(tag: str) -> dict[str, str]:
    return {key: double or single for key, double, single in _ATTRIBUTE.findall(tag)}


def _unescape(text: str) -> str:
    for escape, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        text = text.replace(escape, character)
    return text


def _bomb() -> ReadingProblem:
    return ReadingProblem(
        "zip_bomb", _("这个文件解压后大得不正常，为安全起见没有打开。请确认来源，或另存为 CSV 后再上传。")
    )
