"""A list as it was brought: which file it is, which sheets it has, and their rows as text."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from itertools import islice
from pathlib import Path

from django.utils.translation import gettext_lazy as _
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from kezhi.exchange.reading import archives, compound_files
from kezhi.exchange.reading.cleaning import clean_file_name, is_blank, text_of, visible
from kezhi.exchange.reading.file_kinds import (
    KIND_NAMES,
    FileKind,
    extension,
    fits_extension,
    password,
    sniff,
    truncated,
)
from kezhi.exchange.reading.headings import Heading, column_names, guess_heading, joined_headings
from kezhi.exchange.reading.html_tables import largest_table
from kezhi.exchange.reading.problems import Notice, ReadingLimits, ReadingProblem
from kezhi.exchange.reading.synonyms import known_headings
from kezhi.exchange.reading.texts import DecodedText, cell_too_long, decode, invisible_notice, records, too_many_columns

PREVIEW_ROWS = 60


@dataclass(frozen=True)
class Row:
    """One row: its number in the file as a person counts it (from 1; the line for text files) and its cells."""

    number: int
    cells: list[str]


@dataclass
class Sheet:
    """One sheet; ``head`` holds its first rows for the preview, blank ones left out."""

    name: str
    position: int
    heading: Heading
    head: list[Row]
    is_hidden: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether the sheet holds nothing at all."""
        return not self.head


@dataclass
class Sheets:
    """What ``open_list`` found. ``rows`` reads one sheet; a text file has exactly one, named after the file."""

    file_name: str
    kind: FileKind
    encoding: str
    separator: str
    sheets: list[Sheet]
    notices: list[Notice]
    _source: "_Source" = field(repr=False)
    limits: ReadingLimits = field(default_factory=ReadingLimits)

    @property
    def first(self) -> Sheet:
        """The sheet that most likely is the list: the visible one with the best heading, then with the most rows."""
        return max(
            self.sheets, key=lambda sheet: (not sheet.is_hidden, sheet.heading.score, len(sheet.head), -sheet.position)
        )

    def rows(self, sheet: Sheet, heading_row: int | None = None) -> Iterator[Row]:
        """The rows below the heading (all rows when ``heading_row`` is 0), blank ones included, as text.

        ``heading_row`` counts from 1 like ``Row.number``; left out, it is the guessed one.

        Raises:
            ReadingProblem: ``too_many_rows`` with the number, ``cell_too_long``, ``unclosed_quote``, while iterating.
        """
        after = sheet.heading.row if heading_row is None else heading_row
        count = 0
        for row in self._source.rows(sheet.position):
            if row.number <= after:
                continue
            count += 1
            if count > self.limits.rows and any(row.cells):
                total = count + sum(1 for _row in self._source.rows_after())
                raise too_many_rows(total, self.limits.rows)
            yield row

    def headings(self, sheet: Sheet, heading_row: int | None = None) -> list[str]:
        """The column names with missing and repeated ones made distinct; letters without a heading row."""
        after = sheet.heading.row if heading_row is None else heading_row
        named = next((row.cells for row in sheet.head if row.number == after), [])
        if not named and after:
            named = next((row.cells for row in self._source.rows(sheet.position) if row.number == after), [])
        above = next((row.cells for row in sheet.head if row.number == after - 1), [])
        named = joined_headings(named, above)
        width = max((len(row.cells) for row in sheet.head if row.number >= after), default=len(named))
        return column_names(named, width)


def open_list(
    source: bytes | Path, file_name: str, limits: ReadingLimits | None = None, *, encoding: str = ""
) -> Sheets:
    """Look into a file and say which sheets it has, where their headings are and what was noticed.

    The kind is told by the content; a wrong ending of the name is named in a notice. Nothing in the file is executed,
    formulas are read as the values they had when the file was saved. ``encoding`` is what a person chose for a text.

    Raises:
        ReadingProblem: with the codes ``empty``, ``headings_only``, ``password``, ``zip_bomb``, ``truncated``,
            ``too_large``, ``too_many_rows``, ``too_many_columns``, ``not_a_list``, ``unsupported_workbook``,
            ``binary``, ``encoding``, ``unclosed_quote``, ``cell_too_long``.
    """
    limits = limits or ReadingLimits()
    content = _content(source, limits)
    kind = sniff(content)
    file_name = clean_file_name(file_name)
    notices: list[Notice] = []
    if extension(file_name) and not fits_extension(kind, file_name):
        notices.append(
            Notice(
                "extension",
                _("文件名以 .%(extension)s 结尾，内容其实是%(kind)s，已按内容读取。"),
                {"extension": extension(file_name), "kind": KIND_NAMES[kind]},
            )
        )
    opened: _Source
    if kind in (FileKind.TEXT, FileKind.HTML):
        decoded = decode(content, limits, known_headings(), encoding)
        notices.extend(decoded.notices)
        opened = _HtmlSource(decoded.text, limits) if kind is FileKind.HTML else _TextSource(decoded, limits)
        encoding, separator = decoded.encoding, decoded.separator
        names = [(file_name, False)]
    else:
        opened = _WorkbookSource(content, kind, limits)
        encoding = separator = ""
        notices.extend(opened.notices)
        names = opened.names
    sheets = [_look_at(opened, position, name, hidden) for position, (name, hidden) in enumerate(names)]
    if all(sheet.is_empty for sheet in sheets):
        raise ReadingProblem("empty", _("这个文件里没有任何内容。"))
    found = Sheets(file_name, kind, encoding, separator, sheets, notices, opened, limits)
    _require_rows(found)
    if opened.invisible:
        notices.append(invisible_notice(opened.invisible))
    return found


def too_many_rows(rows: int, limit: int) -> ReadingProblem:
    """The problem of a list longer than allowed."""
    return ReadingProblem(
        "too_many_rows",
        _("这张表有 %(rows)s 行，一次最多导入 %(limit)s 行。请分成几个文件，或删去末尾的空行后再上传。"),
        {"rows": f"{rows:,}", "limit": f"{limit:,}"},
    )


def _content(source: bytes | Path, limits: ReadingLimits) -> bytes:
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    if size > limits.file_bytes:
        raise ReadingProblem(
            "too_large",
            _("这个文件有 %(size)d MB，最多可以上传 %(limit)d MB。"),
            {"size": size >> 20, "limit": limits.file_bytes >> 20},
        )
    return source if isinstance(source, bytes) else source.read_bytes()


def _look_at(source: "_Source", position: int, name: str, hidden: bool) -> Sheet:
    head = [row for row in islice(source.rows(position), PREVIEW_ROWS) if not is_blank(row.cells)]
    return Sheet(name, position, guess_heading([(row.number, row.cells) for row in head]), head, hidden)


def _require_rows(found: Sheets) -> None:
    """A file in which no sheet has a row below its heading is refused: there is nothing to import."""
    for sheet in found.sheets:
        if sheet.is_empty:
            continue
        if any(any(cell.strip() for cell in row.cells) for row in sheet.head if row.number > sheet.heading.row):
            return
        if len(sheet.head) >= PREVIEW_ROWS // 2:
            return
    raise ReadingProblem("headings_only", _("这个文件只有标题行，标题下面没有数据。"))


class _Source:
    """Where rows come from; rows are numbered from 1. ``invisible`` counts characters removed while they were read."""

    invisible = 0
    notices: list[Notice]

    def rows(self, position: int) -> Iterator[Row]:
        raise NotImplementedError

    def rows_after(self) -> Iterator[Row]:
        """The rest of the iteration in progress, to tell how many there are in all."""
        return iter(())


class _TextSource(_Source):
    def __init__(self, decoded: DecodedText, limits: ReadingLimits) -> None:
        self._decoded, self._limits = decoded, limits
        self._running: Iterator[tuple[int, list[str]]] = iter(())

    def rows(self, position: int) -> Iterator[Row]:
        self._running = records(self._decoded.text, self._decoded.separator, self._limits)
        columns = self._limits.columns
        for line, cells in self._running:
            yield Row(line, cells[:columns])

    def rows_after(self) -> Iterator[Row]:
        return (Row(line, cells) for line, cells in self._running)


class _HtmlSource(_Source):
    def __init__(self, text: str, limits: ReadingLimits) -> None:
        self._rows = largest_table(text, limits)
        if len(self._rows) > limits.rows + 50:
            raise too_many_rows(len(self._rows), limits.rows)

    def rows(self, position: int) -> Iterator[Row]:
        return (Row(number, cells) for number, cells in enumerate(self._rows, 1))


class _WorkbookSource(_Source):
    def __init__(self, content: bytes, kind: FileKind, limits: ReadingLimits) -> None:
        self._limits = limits
        self.notices = []
        extents = self._measured(content, kind)
        try:
            self._workbook = CalamineWorkbook.from_filelike(BytesIO(content))
        except PasswordError:
            raise password() from None
        except CalamineError:
            raise truncated() from None
        self._loaded: tuple[int, CalamineSheet] | None = None
        self._extents = extents
        self.names: list[tuple[str, bool]] = []
        for sheet in self._workbook.sheets_metadata:
            if sheet.typ != SheetTypeEnum.WorkSheet:
                continue
            self.names.append((sheet.name, sheet.visible != SheetVisibleEnum.Visible))
        if any(extent.is_over for extent in extents.values()):
            self._leave_out_the_oversized()

    def _measured(self, content: bytes, kind: FileKind) -> dict[str, archives.SheetExtent]:
        if kind is FileKind.XLS:
            try:
                rows, columns, encrypted = compound_files.spreadsheet_extent(content)
            except compound_files.BrokenCompoundFile:
                raise truncated() from None
            if encrypted:
                raise password()
            if columns > self._limits.columns:
                raise too_many_columns(columns, self._limits.columns)
            if rows * columns > self._limits.cells:
                raise too_many_rows(rows, self._limits.cells // max(columns, 1))
            return {}
        extents = archives.measure(content, self._limits)
        if kind is FileKind.XLSM:
            self.notices.append(Notice("macros", _("这个工作簿带有宏。只读取了其中的数据，宏没有运行，也不会保存。")))
        if any(extent.has_formulas for extent in extents.values()):
            self.notices.append(Notice("formulas", _("表中有公式，已按文件保存时的计算结果读取。")))
        return extents

    def _leave_out_the_oversized(self) -> None:
        """Sheets beyond the limits are never opened; with no other sheet to offer the file is refused."""
        kept: list[tuple[str, bool]] = []
        for name, hidden in self.names:
            extent = self._extents.get(name)
            if extent is None or not extent.is_over:
                kept.append((name, hidden))
                continue
            problem = self._oversize(extent)
            self.notices.append(
                Notice(
                    "sheet_too_large", _("工作表“%(name)s”没有读取：%(why)s"), {"name": name, "why": problem.message}
                )
            )
        if not kept:
            raise self._oversize(next(extent for extent in self._extents.values() if extent.is_over))
        self.names = kept

    def _oversize(self, extent: archives.SheetExtent) -> ReadingProblem:
        if extent.columns > self._limits.columns:
            return too_many_columns(extent.columns, self._limits.columns)
        return too_many_rows(extent.rows, min(self._limits.rows, self._limits.cells // max(extent.columns, 1)))

    def rows(self, position: int) -> Iterator[Row]:
        sheet = self._sheet(position)
        padding = [""] * (sheet.start[1] if sheet.start else 0)
        longest = self._limits.cell_characters
        for number, cells in enumerate(sheet.iter_rows(), 1):
            texts = list(padding)
            for cell in cells:
                text = cell if isinstance(cell, str) else text_of(cell)
                if text and not text.isprintable():
                    text, removed = visible(text)
                    self.invisible += removed
                if len(text) > longest:
                    raise cell_too_long(number, longest)
                texts.append(text)
            yield Row(number, texts)

    def _sheet(self, position: int) -> CalamineSheet:
        if self._loaded is None or self._loaded[0] != position:
            try:
                self._loaded = (position, self._workbook.get_sheet_by_name(self.names[position][0]))
            except CalamineError:
                raise truncated() from None
        return self._loaded[1]
