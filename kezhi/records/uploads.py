"""What may be put on a record: a file's name, size and content are looked at before a byte is kept (CUS-17)."""

import unicodedata
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from kezhi.core.figures import integer_figure, text_figure
from kezhi.core.values.problem import ValueProblem

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

_HEAD = 4096
MEGABYTE = 1024 * 1024
# Browsers and office programs run these; they are refused whatever an administrator allows.
_NEVER = frozenset(
    word
    for line in (
        "html htm xhtml shtml svg svgz xml xsl mht mhtml js mjs css php phtml asp aspx jsp cgi pl py rb sh bash bat",
        "cmd com exe dll scr msi msp jar war class vbs vbe wsf wsh ps1 hta cpl lnk url reg chm apk ipa docm xlsm xlsb",
        "pptm dotm iso img",
    )
    for word in line.split()
)
_WINDOWS_NAMES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{name}{number}" for name in ("com", "lpt") for number in range(1, 10))}
)
_MARKUP = (b"<!doctype", b"<html", b"<svg", b"<?xml", b"<script", b"<?php", b"#!")


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file that may be stored: its safe name and the type its content has."""

    name: str
    size: int
    content_type: str


def check_upload(upload: "UploadedFile[Any]") -> CheckedFile:
    """Look at an uploaded file.

    Raises:
        ValueProblem: its name, size, type or content cannot be accepted, with a sentence that says so.
    """
    name = clean_file_name(upload.name or "")
    size = int(upload.size or 0)
    most = integer_figure("records.file_max_mb")
    if size > most * MEGABYTE:
        raise ValueProblem("file.size", _("“%(name)s”太大，最多 %(most)s MB"), {"name": name, "most": most})
    if size == 0:
        raise ValueProblem("file.empty", _("“%(name)s”是空文件"), {"name": name})
    extension = PurePosixPath(name).suffix.lower().removeprefix(".")
    allowed = set(text_figure("records.file_types").lower().replace(",", " ").replace(".", " ").split())
    if extension in _NEVER or extension not in allowed:
        raise ValueProblem(
            "file.type",
            _("不能上传“%(name)s”这种类型的文件，可以上传：%(types)s"),
            {"name": name, "types": " ".join(sorted(allowed - _NEVER))},
        )
    sort = _SORTS[_SORT_OF.get(extension, "binary")]
    upload.seek(0)
    head = upload.read(_HEAD)
    upload.seek(0)
    if not sort(head, extension, upload):
        raise ValueProblem(
            "file.content", _("“%(name)s”的内容不是 %(type)s 文件，没有保存"), {"name": name, "type": extension}
        )
    upload.seek(0)
    return CheckedFile(name, size, _CONTENT_TYPES.get(extension, "application/octet-stream"))


def shown_name(raw: str) -> str:
    """A name as a refusal may repeat it, usable or not."""
    try:
        return clean_file_name(raw)
    except ValueProblem:
        return "".join(c for c in raw if c.isprintable())[:60]


def clean_file_name(raw: str) -> str:
    """The last part of a name without control, direction or zero-width characters, short enough to store.

    Raises:
        ValueProblem: nothing of it is left, or it has no extension.
    """
    text = unicodedata.normalize("NFC", raw).replace("\\", "/").rsplit("/", 1)[-1]
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))
    text = " ".join(text.split()).strip(" .")
    for sign in '<>:"|?*':
        text = text.replace(sign, "_")
    stem, dot, extension = text.rpartition(".")
    if not dot or not stem.strip(" .") or not extension.isalnum() or stem.lower() in _WINDOWS_NAMES:
        raise ValueProblem("file.name", _("文件名“%(name)s”不能用，请改名后再上传"), {"name": text[:60]})
    most = integer_figure("records.name_max") - len(extension) - 1
    if len(stem) > most:
        stem = f"{stem[: most // 2]}…{stem[-(most - most // 2 - 1) :]}"
    return f"{stem}.{extension}"


def _starts(*signs: bytes) -> Callable[[bytes, str, IO[bytes]], bool]:
    return lambda head, _extension, _file: head.startswith(signs)


def _is_text(head: bytes, _extension: str, _file: IO[bytes]) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return b"\x00" not in head and not start.startswith(_MARKUP) and not start.startswith((b"mz", b"\x7felf"))


_OFFICE_FOLDERS = {"docx": "word/", "xlsx": "xl/", "pptx": "ppt/"}


def _is_office(head: bytes, extension: str, file: IO[bytes]) -> bool:
    if not head.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError):
        return False
    has_macros = any(name.lower().endswith("vbaproject.bin") for name in names)
    return not has_macros and any(name.startswith(_OFFICE_FOLDERS[extension]) for name in names)


def _is_media(head: bytes, _extension: str, _file: IO[bytes]) -> bool:
    return head[4:8] == b"ftyp" or head.startswith((b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2", b"#!AMR", b"RIFF"))


def _is_binary(head: bytes, _extension: str, _file: IO[bytes]) -> bool:
    start = head.lstrip().lower()
    return not start.startswith((*_MARKUP, b"mz", b"\x7felf"))


_SORTS: Mapping[str, Callable[[bytes, str, IO[bytes]], bool]] = {
    "pdf": _starts(b"%PDF-"),
    "png": _starts(b"\x89PNG\r\n\x1a\n"),
    "jpeg": _starts(b"\xff\xd8\xff"),
    "gif": _starts(b"GIF87a", b"GIF89a"),
    "bmp": _starts(b"BM"),
    "webp": lambda head, _extension, _file: head[:4] == b"RIFF" and head[8:12] == b"WEBP",
    "ole": _starts(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
    "office": _is_office,
    "zip": _starts(b"PK\x03\x04", b"PK\x05\x06"),
    "text": _is_text,
    "media": _is_media,
    "binary": _is_binary,
}
_SORT_OF = {
    "pdf": "pdf",
    "png": "png",
    "jpg": "jpeg",
    "jpeg": "jpeg",
    "gif": "gif",
    "bmp": "bmp",
    "webp": "webp",
    **dict.fromkeys(("doc", "xls", "ppt", "wps", "et", "dps"), "ole"),
    **dict.fromkeys(("docx", "xlsx", "pptx"), "office"),
    **dict.fromkeys(("txt", "csv", "md"), "text"),
    **dict.fromkeys(("mp3", "m4a", "amr", "wav", "mp4"), "media"),
    "zip": "zip",
}
_CONTENT_TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "bmp": "image/bmp",
    "webp": "image/webp",
    "txt": "text/plain",
    "csv": "text/csv",
    "zip": "application/zip",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
