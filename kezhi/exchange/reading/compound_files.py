"""Just enough of Microsoft's compound file format to look into an ``.xls`` before a reader trusts it.

Source: [MS-CFB] (header, FAT, directory) and [MS-XLS] (record numbers). Only lists streams and follows one of them.
"""

import struct
from collections.abc import Iterator

SIGNATURE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END_OF_CHAIN = 0xFFFFFFFA  # this and above are marks, not sectors
_ENTRY_BYTES = 128
_MINI_STREAM_CUTOFF = 4096

_FILE_PASS = 0x002F
_CELL_RECORDS = frozenset(
    {0x0006, 0x00D6, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E, 0x0001, 0x0002, 0x0003, 0x0004}
)
_MULTIPLE_CELLS = frozenset({0x00BD, 0x00BE})  # MULRK and MULBLANK end with their last column


class BrokenCompoundFile(ValueError):
    """The file does not keep the format, most often because its end is missing."""


def stream_names(content: bytes) -> set[str]:
    """The names of all streams and storages.

    Raises:
        BrokenCompoundFile: the directory cannot be followed.
    """
    return {name for name, _kind, _start, _size in _entries(content)}


def spreadsheet_extent(content: bytes) -> tuple[int, int, bool]:
    """(rows, columns, is encrypted) of the largest sheet in an ``.xls``, read from its cell records.

    Raises:
        BrokenCompoundFile: there is no workbook stream, or it cannot be followed to its end.
    """
    stream = _workbook_stream(content)
    rows = columns = position = 0
    while position + 4 <= len(stream):
        record, length = struct.unpack_from("<HH", stream, position)
        position += 4
        if record == _FILE_PASS:
            return rows, columns, True
        if length >= 4 and (record in _CELL_RECORDS or record in _MULTIPLE_CELLS) and position + length <= len(stream):
            row, column = struct.unpack_from("<HH", stream, position)
            if record in _MULTIPLE_CELLS:
                (column,) = struct.unpack_from("<H", stream, position + length - 2)
            rows, columns = max(rows, row + 1), max(columns, column + 1)
        position += length
    return rows, columns, False


def _workbook_stream(content: bytes) -> bytes:
    for name, kind, start, size in _entries(content):
        if kind == 2 and name in ("Workbook", "Book"):
            if size < _MINI_STREAM_CUTOFF:
                return b""  # too small to be large
            data = b"".join(_chain(content, start))
            if len(data) < size:
                raise BrokenCompoundFile("the workbook stream is cut off")
            return data[:size]
    raise BrokenCompoundFile("there is no workbook stream")


def _entries(content: bytes) -> Iterator[tuple[str, int, int, int]]:
    if len(content) < 512:
        raise BrokenCompoundFile("the header is cut off")
    (first_directory_sector,) = struct.unpack_from("<I", content, 48)
    directory = b"".join(_chain(content, first_directory_sector))
    if len(directory) < _ENTRY_BYTES:
        raise BrokenCompoundFile("the directory is missing")
    for position in range(0, len(directory) - _ENTRY_BYTES + 1, _ENTRY_BYTES):
        name_bytes, kind = struct.unpack_from("<HB", directory, position + 64)
        if kind and 2 <= name_bytes <= 64:
            start, size = struct.unpack_from("<II", directory, position + 116)
            yield directory[position : position + name_bytes - 2].decode("utf-16-le", "replace"), kind, start, size


def _chain(content: bytes, sector: int) -> Iterator[bytes]:
    (shift,) = struct.unpack_from("<H", content, 30)
    if shift not in (9, 12):
        raise BrokenCompoundFile("the sector size is unknown")
    size = 1 << shift
    table = _allocation_table(content, size)
    seen = 0
    while sector < _END_OF_CHAIN:
        offset = (sector + 1) * size
        seen += 1
        if offset >= len(content) or sector >= len(table) or seen > len(table):
            raise BrokenCompoundFile("a chain of sectors leads out of the file")
        yield content[offset : offset + size]
        sector = table[sector]


def _allocation_table(content: bytes, size: int) -> list[int]:
    table: list[int] = []
    for sector in _allocation_sectors(content, size):
        offset = (sector + 1) * size
        if offset + size > len(content):
            raise BrokenCompoundFile("the allocation table is cut off")
        table.extend(struct.unpack_from(f"<{size // 4}I", content, offset))
    return table


def _allocation_sectors(content: bytes, size: int) -> Iterator[int]:
    yield from (sector for sector in struct.unpack_from("<109I", content, 76) if sector < _END_OF_CHAIN)
    following, count = struct.unpack_from("<II", content, 68)
    for _turn in range(min(count, len(content) // size + 1)):
        offset = (following + 1) * size
        if following >= _END_OF_CHAIN or offset + size > len(content):
            return
        *sectors, following = struct.unpack_from(f"<{size // 4}I", content, offset)
        yield from (sector for sector in sectors if sector < _END_OF_CHAIN)
