"""What a file is, told by its first bytes and never by its name."""

import zipfile
from enum import StrEnum
from io import BytesIO
from pathlib import PurePosixPath

from django.utils.translation import gettext_lazy as _

from kezhi.exchange.reading import compound_files
from kezhi.exchange.reading.problems import ReadingProblem


class FileKind(StrEnum):
    """The kinds of file a list can be read from."""

    TEXT = "text"
    HTML = "html"
    XLSX = "xlsx"
    XLSM = "xlsm"  # a workbook with macros: read as values, the macros are never looked at
    XLS = "xls"


_EXTENSIONS = {
    FileKind.TEXT: {"csv", "tsv", "txt", "tab"},
    FileKind.HTML: {"html", "htm"},
    FileKind.XLSX: {"xlsx", "xltx"},
    FileKind.XLSM: {"xlsm", "xltm"},
    FileKind.XLS: {"xls", "xlt", "et"},
}
KIND_NAMES = {
    FileKind.TEXT: _("文本（CSV）"),
    FileKind.HTML: _("网页表格（HTML）"),
    FileKind.XLSX: _("Excel 工作簿（xlsx）"),
    FileKind.XLSM: _("带宏的 Excel 工作簿（xlsm）"),
    FileKind.XLS: _("Excel 97–2003 工作簿（xls）"),
}
_FOREIGN = (
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"\x1f\x8b", "GZIP"),
    (b"BZh", "BZIP2"),
    (b"SQLite format 3", "SQLite"),
    (b"\x7fELF", "ELF"),
    (b"MZ\x90", "EXE"),
    (b"{\\rtf", "RTF"),
    (b'{"', "JSON"),
    (b"[{", "JSON"),
)


def sniff(content: bytes) -> FileKind:
    """The kind of file by its content.

    Raises:
        ReadingProblem: ``empty``, ``truncated``, ``password``, ``not_a_list`` or ``unsupported_workbook``.
    """
    if not content.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise ReadingProblem("empty", _("这个文件是空的，里面没有任何内容。"))
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _kind_of_archive(content)
    if content.startswith(compound_files.SIGNATURE):
        return _kind_of_compound(content)
    for start, name in _FOREIGN:
        if content.startswith(start):
            raise _not_a_list(name)
    head = content[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith(b"<?xml") and b"urn:schemas-microsoft-com:office:spreadsheet" in head:
        raise _unsupported("XML 2003")
    if head.startswith((b"<html", b"<!doctype html", b"<table", b"<meta", b"<head", b"<style")):
        return FileKind.HTML
    return FileKind.TEXT


def fits_extension(kind: FileKind, file_name: str) -> bool:
    """Whether the name's ending is one that this kind of file normally has."""
    return extension(file_name) in _EXTENSIONS[kind]


def extension(file_name: str) -> str:
    """The ending of a name, without its dot, in small letters."""
    return PurePosixPath(file_name).suffix.lstrip(".").lower()


def _kind_of_archive(content: bytes) -> FileKind:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeDecodeError):
        raise truncated() from None
    if "xl/workbook.xml" in names:
        return FileKind.XLSM if any(name.endswith("vbaProject.bin") for name in names) else FileKind.XLSX
    if "xl/workbook.bin" in names:
        raise _unsupported("XLSB")
    if "content.xml" in names and "mimetype" in names:
        raise _unsupported("ODS")
    if any(name.startswith("word/") for name in names):
        raise _not_a_list("Word")
    if any(name.startswith("ppt/") for name in names):
        raise _not_a_list("PowerPoint")
    raise _not_a_list("ZIP")


def _kind_of_compound(content: bytes) -> FileKind:
    try:
        streams = compound_files.stream_names(content)
    except compound_files.BrokenCompoundFile:
        raise truncated() from None
    if "EncryptedPackage" in streams:
        raise password()
    if "Workbook" in streams or "Book" in streams:
        return FileKind.XLS
    raise _not_a_list("Word" if "WordDocument" in streams else "OLE")


def truncated() -> ReadingProblem:
    """The problem of a file whose end is missing."""
    return ReadingProblem(
        "truncated", _("这个文件不完整，后面一部分缺失了（可能没有下载完）。请重新取得文件后再上传。")
    )


def password() -> ReadingProblem:
    """The problem of a file that only opens with a password."""
    return ReadingProblem(
        "password", _("这个工作簿有打开密码，无法读取。请在 Excel 中取消密码（文件 → 信息 → 保护工作簿）后再上传。")
    )


def _not_a_list(name: str) -> ReadingProblem:
    return ReadingProblem(
        "not_a_list", _("这是一个 %(kind)s 文件，不是名单。请上传 xlsx、xls 或 CSV 文件。"), {"kind": name}
    )


def _unsupported(name: str) -> ReadingProblem:
    return ReadingProblem(
        "unsupported_workbook", _("暂不支持 %(kind)s 格式。请在表格软件中另存为 xlsx 后再上传。"), {"kind": name}
    )
