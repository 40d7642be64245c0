"""Text files: which encoding, which separator, and what to do about the usual damage."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from charset_normalizer import from_bytes
from django.utils.translation import gettext_lazy as _

from kezhi.core.values.traditional import simplified
from kezhi.exchange.reading.cleaning import visible
from kezhi.exchange.reading.file_kinds import truncated
from kezhi.exchange.reading.problems import Notice, ReadingLimits, ReadingProblem

_BOMS = (
    (b"\xef\xbb\xbf", "utf_8"),
    (b"\xff\xfe\x00\x00", "utf_32_le"),
    (b"\x00\x00\xfe\xff", "utf_32_be"),
    (b"\xff\xfe", "utf_16_le"),
    (b"\xfe\xff", "utf_16_be"),
)
ENCODING_NAMES = {
    "utf_8": "UTF-8",
    "gb18030": "GB18030（GBK）",
    "big5": "Big5",
    "utf_16_le": "UTF-16",
    "utf_16_be": "UTF-16",
    "utf_32_le": "UTF-32",
    "utf_32_be": "UTF-32",
}
SEPARATORS = (",", "\t", ";", "|", "，")
_CANDIDATES = ["utf_8", "gb18030", "big5", "utf_16"]  # unrestricted, GBK is taken for cp949
_CODECS = {"big5": "big5hkscs"}  # what Hong Kong writes holds all of what Taiwan writes
_SAMPLE = 64 * 1024
_LONGEST_CHARACTER = 4
_LONG_LINE = 1 << 20
_FAR_BEYOND = 20  # times as many cells as columns are allowed; quoted separators are none of it
csv.field_size_limit(
    1 << 21
)  # of the whole process; longer than any cell we accept, short enough to notice a lost quote
_END_MARK = "\ue000end\ue000"  # private use: no list holds it


@dataclass
class DecodedText:
    """A text file as characters, with what was found out on the way."""

    text: str
    encoding: str
    separator: str
    notices: list[Notice] = field(default_factory=list)


def decode(
    content: bytes, limits: ReadingLimits, known_words: frozenset[str] = frozenset(), chosen: str = ""
) -> DecodedText:
    """The characters of a text file and its separator.

    ``known_words`` (heading words) decide between two encodings that both make sense; ``chosen`` is the encoding a
    person named, one of ``ENCODING_NAMES``.

    Raises:
        ReadingProblem: ``binary``, ``truncated`` or ``encoding``.
    """
    encoding, skip = _named_encoding(content, chosen) if chosen else _encoding(content, known_words)
    text = _decoded(content[skip:], encoding)
    notices: list[Notice] = []
    if nuls := text.count("\x00"):
        if nuls * 20 > len(text):
            raise _binary()
        text = text.replace("\x00", "")
        notices.append(
            Notice("nul_bytes", _("去掉了 %(count)d 个空字节（NUL），请检查文件是否损坏。"), {"count": nuls})
        )
    if not text.strip():
        raise ReadingProblem("empty", _("这个文件是空的，里面没有任何内容。"))
    text, invisible = visible(text)
    if invisible:
        notices.append(invisible_notice(invisible))
    named = re.match(r"sep=(.)\r?\n", text)
    if named:
        text = text[named.end() :]
    return DecodedText(text, encoding, named[1] if named else guess_separator(text), notices)


def invisible_notice(count: int) -> Notice:
    """The notice that characters nobody can see were removed."""
    return Notice("invisible", _("去掉了 %(count)d 个不可见字符（零宽字符、方向控制符等）。"), {"count": count})


def records(text: str, separator: str, limits: ReadingLimits) -> Iterator[tuple[int, list[str]]]:
    """(line on which it begins, cells) of every record.

    Raises:
        ReadingProblem: ``unclosed_quote``, ``cell_too_long`` or ``too_many_columns``, while iterating.
    """
    end = "" if text.endswith(("\n", "\r")) else "\n"
    lines = _measured_lines(io.StringIO(f"{text}{end}{_END_MARK}", newline=""), separator, limits.columns)
    reader = csv.reader(lines, delimiter=separator)
    line = 1
    widest = 0
    try:
        for row in reader:
            if row and row[-1].endswith(_END_MARK):
                if row != [_END_MARK]:
                    raise _unclosed(line)
                return
            if len(row) > limits.columns and any(cell.strip() for cell in row[limits.columns :]):
                raise too_many_columns(len(row), limits.columns)
            if any(len(cell) > limits.cell_characters for cell in row):
                if any(cell.count("\n") > 100 for cell in row):
                    raise _unclosed(line)
                raise cell_too_long(line, limits.cell_characters)
            if _swallows_rows(row, separator, widest):
                raise _unclosed(line)
            widest = max(widest, len(row))
            yield line, row
            line = reader.line_num + 1
    except csv.Error:
        raise (_unclosed(line) if '"' in text else cell_too_long(line, limits.cell_characters)) from None


def _measured_lines(lines: Iterable[str], separator: str, columns: int) -> Iterator[str]:
    """The lines; one of millions of cells is refused before anybody makes a list of them."""
    for line in lines:
        if len(line) > _LONG_LINE and (found := line.count(separator)) > columns * _FAR_BEYOND:
            raise too_many_columns(found + 1, columns)
        yield line


def _swallows_rows(row: list[str], separator: str, widest: int) -> bool:
    """Whether a cell holds what looks like whole records: a quote opened above was closed by the next one's."""
    if widest < 4:
        return False
    return any(line.count(separator) >= widest - 1 for cell in row if "\n" in cell for line in cell.split("\n"))


def guess_separator(text: str) -> str:
    """The separator that cuts the first records into the same number of cells most often, or a comma."""
    sample = text[:_SAMPLE]
    if len(text) > _SAMPLE:
        sample = sample.rpartition("\n")[0] or sample
    best, best_score = ",", 0.0
    for separator in SEPARATORS:
        widths = [len(row) for row in _sample_rows(sample, separator) if row and any(cell.strip() for cell in row)]
        if not widths:
            continue
        width, agreeing = Counter(widths).most_common(1)[0]
        wide = max(widths)
        score = (agreeing / len(widths)) * (1 + min(width, 60) / 100) if width > 1 else 0.0
        if width == 1 and wide > 2:
            score = 0.1
        if score > best_score:
            best, best_score = separator, score
    return best


def _sample_rows(sample: str, separator: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=separator):
            rows.append(row)
            if len(rows) >= 100:
                break
    except csv.Error:
        pass
    return rows


def _named_encoding(content: bytes, chosen: str) -> tuple[str, int]:
    if chosen not in ENCODING_NAMES:
        raise _unknown_encoding()
    return chosen, next((len(mark) for mark, encoding in _BOMS if encoding == chosen and content.startswith(mark)), 0)


def _encoding(content: bytes, known_words: frozenset[str]) -> tuple[str, int]:
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return encoding, len(mark)
    sample = content[:_SAMPLE]
    if (nuls := sample.count(0)) * 5 > len(sample):
        even = sample[::2].count(0)
        if min(even, nuls - even) * 10 <= nuls:
            return ("utf_16_be" if even * 2 > nuls else "utf_16_le"), 0
        raise _binary()
    if _reads(content, "utf_8"):
        return "utf_8", 0
    able = [encoding for encoding in ("gb18030", "big5") if _reads(content, encoding)]
    if len(able) == 1:
        return able[0], 0
    if able:
        return _likelier(able, sample, known_words), 0
    best = from_bytes(sample, cp_isolation=_CANDIDATES).best()
    if best is None:
        raise _unknown_encoding()
    return ("gb18030" if best.encoding == "gb18030" else best.encoding), 0


def _likelier(able: list[str], sample: bytes, known_words: frozenset[str]) -> str:
    texts = {encoding: simplified(sample.decode(_CODECS.get(encoding, encoding), "ignore")) for encoding in able}
    hits = {
        encoding: sum(1 for word in known_words if not word.isascii() and word in text)
        for encoding, text in texts.items()
    }
    if len(set(hits.values())) > 1:
        return max(able, key=lambda encoding: hits[encoding])
    best = from_bytes(sample, cp_isolation=_CANDIDATES).best()
    return best.encoding if best is not None and best.encoding in able else able[0]


def _reads(content: bytes, encoding: str) -> bool:
    """Whether it decodes, apart from a character that may be cut off at the very end."""
    try:
        content.decode(_CODECS.get(encoding, encoding))
    except UnicodeDecodeError as error:
        return error.start >= len(content) - _LONGEST_CHARACTER and len(content) > 16
    return True


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(_CODECS.get(encoding, encoding))
    except UnicodeDecodeError as error:
        if error.start >= len(content) - _LONGEST_CHARACTER:
            raise truncated() from None
        raise ReadingProblem(
            "encoding",
            _("第 %(line)d 行有无法识别的字符：文件损坏，或混用了几种编码。请另存为 xlsx 或 UTF-8 的 CSV 后再上传。"),
            {"line": content.count(b"\n", 0, error.start) + 1},
        ) from None
    except LookupError:
        raise _unknown_encoding() from None


def _unknown_encoding() -> ReadingProblem:
    return ReadingProblem("encoding", _("无法识别这个文件的文字编码。请另存为 xlsx 或 UTF-8 的 CSV 后再上传。"))


def _binary() -> ReadingProblem:
    return ReadingProblem("binary", _("这个文件的内容不是文字，也不是 Excel 工作簿，无法作为名单读取。"))


def _unclosed(line: int) -> ReadingProblem:
    return ReadingProblem(
        "unclosed_quote",
        _("从第 %(line)d 行开始有一个引号没有闭合，后面的内容无法分清。请补上引号后再上传。"),
        {"line": line},
    )


def cell_too_long(line: int, limit: int) -> ReadingProblem:
    """The problem of a cell beyond what a spreadsheet allows."""
    return ReadingProblem(
        "cell_too_long", _("第 %(line)d 行有一个单元格超过 %(limit)d 个字符。"), {"line": line, "limit": limit}
    )


def too_many_columns(columns: int, limit: int) -> ReadingProblem:
    """The problem of a sheet wider than allowed."""
    return ReadingProblem(
        "too_many_columns",
        _("这张表有 %(columns)d 列，最多可以读取 %(limit)d 列。请删去用不到的列后再上传。"),
        {"columns": columns, "limit": limit},
    )
