"""Files nobody should trust, made on the spot."""

import io
import struct
import zipfile

import xlsxwriter

_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_SECTOR = 512


def make_xlsx(*sheets, names=(), options=None):
    """A workbook whose sheets hold the given rows."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"strings_to_formulas": False, "strings_to_urls": False, **(options or {})})
    for position, rows in enumerate(sheets):
        sheet = book.add_worksheet(names[position] if position < len(names) else None)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    book.close()
    return stream.getvalue()


def make_archive(entries):
    """A zip file with these entries (path → bytes)."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in entries.items():
            archive.writestr(path, content)
    return stream.getvalue()


def replace_entry(content, path, change):
    """The archive with one entry rewritten by ``change(bytes) -> bytes``; a new entry when there was none."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    entries[path] = change(entries.get(path, b""))
    return make_archive(entries)


def make_compound_file(streams):
    """A compound file (around xls and encrypted workbooks) with these streams, padded to 4,096 bytes."""
    sectors, table, entries = [], [], []
    for name, content in streams.items():
        content = content.ljust(4096, b"\0")
        count = -(-len(content) // _SECTOR)
        start = len(table)
        table += [*range(start + 1, start + count), _END]
        sectors.append(content.ljust(count * _SECTOR, b"\0"))
        entries.append((name, 2, start, len(content)))
    directory = b"".join(_entry(*entry) for entry in [("Root Entry", 5, _END, 0), *entries])
    directory = directory.ljust(-(-len(directory) // _SECTOR) * _SECTOR, b"\0")
    directory_start = len(table)
    count = len(directory) // _SECTOR
    table += [*range(directory_start + 1, directory_start + count), _END]
    fat_sectors = 1
    while (len(table) + fat_sectors) * 4 > fat_sectors * _SECTOR:
        fat_sectors += 1
    fat_start = len(table)
    table += [_FAT] * fat_sectors
    table += [_FREE] * (fat_sectors * _SECTOR // 4 - len(table))
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, fat_sectors, directory_start, 0, 4096, _END, 0, _END, 0)
    fat = [*range(fat_start, fat_start + fat_sectors)]
    header += struct.pack("<109I", *fat, *[_FREE] * (109 - len(fat)))
    return header + b"".join(sectors) + directory + struct.pack(f"<{len(table)}I", *table)


def _entry(name, kind, start, size):
    encoded = name.encode("utf-16-le") + b"\0\0"
    siblings = struct.pack("<III", _FREE, 2 if kind == 2 and name == "Book" else _FREE, 1 if kind == 5 else _FREE)
    return (
        encoded.ljust(64, b"\0")
        + struct.pack("<HBB", len(encoded), kind, 1)
        + siblings
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )


def make_xls(rows, *, far_corner=None, is_encrypted=False):
    """An Excel 97–2003 workbook with one sheet 名单 of text and numbers."""
    globals_ = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 1997, 0, 6))
    if is_encrypted:
        globals_ += _record(0x002F, bytes(54))
    globals_ += _record(0x0042, struct.pack("<H", 1200))
    name = "名单".encode("utf-16-le")
    sheet_record = struct.pack("<IBBBB", 0, 0, 0, 2, 1) + name
    offset = len(globals_) + 4 + len(sheet_record) + 4
    globals_ += _record(0x0085, struct.pack("<I", offset) + sheet_record[4:]) + _record(0x000A, b"")
    sheet = _record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 1997, 0, 6))
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                text = cell.encode("utf-16-le")
                sheet += _record(0x0204, struct.pack("<HHHHB", number, column, 0, len(cell), 1) + text)
            else:
                sheet += _record(0x0203, struct.pack("<HHHd", number, column, 0, cell))
    if far_corner:
        sheet += _record(0x0203, struct.pack("<HHHd", *far_corner, 0, 1.0))
    return make_compound_file({"Workbook": globals_ + sheet + _record(0x000A, b"")})


def _record(number, content):
    return struct.pack("<HH", number, len(content)) + content
