"""Cells and file names as they are kept: text only, without characters nobody can see."""

import datetime as dt
import math
import re
import unicodedata
from collections.abc import Sequence

from django.utils.translation import gettext as _

# Zero-width, bidirectional controls, soft hyphen, byte-order mark, tags; controls other than tab and line ends.
_INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u0084\u0086-\u009f\u00ad\u061c\u180e"
    "\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb\U000e0001\U000e0020-\U000e007f]"
)
_FORBIDDEN_IN_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]')
_RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)(\..*)?$")

Cell = str | float | int | bool | dt.date | dt.datetime | dt.time | dt.timedelta | None


def visible(text: str) -> tuple[str, int]:
    """The text without invisible characters, and how many there were."""
    if text.isprintable():
        return text, 0
    return _INVISIBLE.subn("", text)


def text_of(cell: Cell) -> str:
    """A cell as text: whole numbers without ``.0`` (a phone arrives as a float), days and times in ISO form."""
    if isinstance(cell, str):
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, (int, float)):
        return number_text(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ", "seconds")
    if isinstance(cell, dt.date):
        return cell.isoformat()
    if isinstance(cell, dt.time):
        return cell.isoformat("minutes" if not cell.second else "seconds")
    return str(cell)


def number_text(number: float) -> str:
    """A number in plain digits, never as 1.38E+10."""
    if isinstance(number, int):
        return str(number)
    if not math.isfinite(number):
        return ""
    if number.is_integer():
        return str(int(number))
    shown = repr(number)
    return f"{number:f}".rstrip("0").rstrip(".") if "e" in shown or "E" in shown else shown


def clean_file_name(name: str, limit: int = 120) -> str:
    """A name that is safe to show and to offer for download: no path, nothing invisible, nothing a system reserves."""
    name = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    name = _FORBIDDEN_IN_NAMES.sub("", visible(name)[0])
    name = re.sub(r"\s+", " ", name).strip(" .")
    if not name or _RESERVED.match(name):
        name = _("未命名")
    if len(name) > limit:
        stem, dot, ending = name.rpartition(".")
        name = f"{stem[: limit - len(ending) - 1]}{dot}{ending}" if dot and len(ending) <= 5 else name[:limit]
    return name


def is_blank(row: Sequence[str]) -> bool:
    """Whether a row holds nothing but blanks (the ideographic blank included)."""
    return not any(row) or not any(cell.strip() for cell in row)


# zh-data: what stands below a list and is no row of it
_TOTAL = re.compile(
    r"(?:本页|本表|以上)?(?:合\s*计|总\s*计|小\s*计|共\s*计|累\s*计)(?:[:：].*)?|(?:grand |sub)?totals?:?", re.I
)
# zh-data: remarks below a list
_REMARK = re.compile(
    r"(?:备?注|说明|填表(?:人|日期|时间)?|制表(?:人|日期|时间)?|审核(?:人)?|审批(?:人)?|统计(?:人|日期)?|填报(?:人|单位)?|打印(?:人|时间|日期))"
    r"\s*\d*\s*[:：].*|以上(?:数据|信息|名单).*|notes?:.*",
    re.I | re.S,
)

# zh-data: units of amounts and counts
_AMOUNT = re.compile(r"[-+¥￥$\d.,，%\s]+(?:元|万|万元|亿|家|户|个|人|条|行)?")


def is_footer(cells: Sequence[str]) -> bool:
    """Whether a row only sums up the list (合计, with amounts) or speaks about it (填表人：…, alone in its row)."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    if not filled:
        return False
    if _TOTAL.fullmatch(filled[0]):
        return all(_AMOUNT.fullmatch(cell) for cell in filled[1:])
    return all(_REMARK.fullmatch(cell) for cell in filled)


# zh-data: what people and spreadsheets write where they have nothing to say
_NOTHING = re.compile(
    r"[-–—_/\\|]+|无|暂无|没有|n\.?/?a\.?|null|none|nil|nan|#n/a|#ref!|#value!|#name\?|#div/0!|#null!|#num!", re.I
)
# zh-data: what says that somebody will have to find out
_NOT_KNOWN = re.compile(
    r"空|无数据|不详|不清楚|不知道|未知|未填写?|未提供|待定|待补充?|待确认|待完善|保密|unknown|tbd|undefined", re.I
)
_LONGEST_NOTHING = 12


def says_nothing(text: str, *, of_list: bool = False) -> bool:
    """Whether a cell only says that there is nothing: 无, -, N/A, 待定, an error of a formula.

    Among the words of a list (``of_list``) 未知 and 待定 may be words too, so that somebody has to say what they mean.
    """
    if len(text) > _LONGEST_NOTHING:
        return False
    return bool(_NOTHING.fullmatch(text) or (not of_list and _NOT_KNOWN.fullmatch(text)))
