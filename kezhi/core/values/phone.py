# zh-data: patterns and tables of Chinese words
"""Phone numbers: whatever people type becomes one E.164 form, or a reason why not (CUS-7).

Stored forms: mobile ``+8613812345678``, land line ``+8651236746357``, land line with extension
``+8651236746357;ext=801`` (RFC 3966), service line ``+864008123456``, foreign ``+14155552671``.

Codes: ``phone.prefix`` (no such prefix, area or country), ``phone.length``, ``phone.area`` (land line without area
code), ``phone.several`` (two numbers in one field), ``phone.syntax`` (not a number at all).
"""

import re
from decimal import Decimal
from enum import StrEnum

import phonenumbers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kezhi.core.values.dirt import half_width, number_text
from kezhi.core.values.problem import ValueProblem


class PhoneKind(StrEnum):
    """What sort of line a stored number is."""

    MOBILE = "mobile"
    LANDLINE = "landline"
    SERVICE = "service"  # 400 and 800
    FOREIGN = "foreign"


def parse_phone(text: str | float, *, country: str = "CN") -> str:
    """The stored form of a phone number as people and spreadsheets write it.

    ``country`` (ISO 3166 alpha-2) is where a number without ``+`` or ``00`` belongs. An extension (转 801, ext. 801,
    -801 after a land line) is kept.

    Raises:
        ValueProblem: see the codes above.
    """
    is_cell_number = not isinstance(text, str)
    plain = half_width(text if isinstance(text, str) else number_text(text))
    if _SCIENTIFIC.fullmatch(plain):
        plain, is_cell_number = number_text(float(Decimal(plain))), True
    elif plain.endswith(".0") and plain[:-2].isdigit():
        plain, is_cell_number = plain[:-2], True
    if len(plain) > _LONGEST_INPUT:
        raise ValueProblem("phone.length", _TOO_LONG)
    plain = _LABEL.sub("", plain)
    extension = ""
    if found := _EXTENSION.search(plain):
        plain, extension = plain[: found.start()], found["digits"]
    if _SEVERAL.search(plain):
        raise ValueProblem("phone.several", _SEVERAL_NUMBERS)
    number = _SEPARATORS.sub("", plain)
    number = number.replace("+", "", 1) if number.startswith("+") else number
    if not number.isascii() or not number.isdigit():
        raise ValueProblem("phone.syntax", _NO_NUMBER)
    international = _SEPARATORS.sub("", plain).startswith("+")
    if not international and number.startswith("00"):
        international, number = True, number[2:]
    if international:
        if not number.startswith("86"):
            return _foreign("+" + number, None, extension)
        national, trunk = number[2:].removeprefix("0"), True
    elif country != "CN":
        return _foreign(number, country, extension)
    elif _MOBILE_WITH_86.fullmatch(number):
        national, trunk = number[2:], True
    else:
        national, trunk = number.removeprefix("0"), number.startswith("0")
    return _mainland(
        national, trunk=trunk, dashed_extension=_dashed(plain), extension=extension, is_cell=is_cell_number
    )


def phone_kind(e164: str) -> PhoneKind:
    """What sort of line a stored number is."""
    number = e164.partition(";")[0]
    if not number.startswith("+86"):
        return PhoneKind.FOREIGN
    national = number[3:]
    if _MOBILE.fullmatch(national):
        return PhoneKind.MOBILE
    if _SERVICE.fullmatch(national):
        return PhoneKind.SERVICE
    return PhoneKind.LANDLINE


def format_phone(e164: str) -> str:
    """A stored number as a person reads it: ``138 1234 5678``, ``0512-36746357``, ``+1 415-555-2671``."""
    number, _sign, extension = e164.partition(";ext=")
    match phone_kind(e164):
        case PhoneKind.MOBILE:
            shown = f"{number[3:6]} {number[6:10]} {number[10:]}"
        case PhoneKind.SERVICE:
            shown = f"{number[3:6]}-{number[6:9]}-{number[9:]}"
        case PhoneKind.LANDLINE:
            area = _area_of(number[3:]) or ""
            shown = f"0{area}-{number[3 + len(area) :]}"
        case PhoneKind.FOREIGN:
            try:
                parsed = phonenumbers.parse(number)
            except phonenumbers.NumberParseException:
                return e164
            shown = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    if not extension:
        return shown
    return _("%(number)s 转 %(extension)s") % {"number": shown, "extension": extension}


def mask_phone(e164: str) -> str:
    """A stored number for those who may not read it: ``138****5678``, ``0512-****6357``, ``+1******2671``."""
    number = e164.partition(";")[0]
    match phone_kind(e164):
        case PhoneKind.MOBILE:
            return f"{number[3:6]}****{number[10:]}"
        case PhoneKind.SERVICE:
            return f"{number[3:6]}-****{number[-3:]}"
        case PhoneKind.LANDLINE:
            return f"0{_area_of(number[3:]) or ''}-****{number[-4:]}"
        case PhoneKind.FOREIGN:
            code = _country_code(number)
            hidden = max(len(number) - len(code) - 4, 4)
            return f"{code}{'*' * hidden}{number[-4:] if len(number) - len(code) >= 8 else number[-2:]}"


def phone_digits(e164: str) -> str:
    """The national digits of a stored number, for search by its tail; the extension is left out."""
    number = e164.partition(";")[0]
    return number.removeprefix("+86").removeprefix("+")


def _mainland(national: str, *, trunk: bool, dashed_extension: str, extension: str, is_cell: bool) -> str:
    if _SERVICE.fullmatch(national):
        return _with_extension(f"+86{national}", extension)
    if national.startswith("1") and not (trunk and national.startswith("10")):
        return _mainland_mobile(national, extension)
    if area := _area_of(national):
        local = national[len(area) :]
        # "0512-36746357-801": what follows the local number after a dash is an extension.
        if not extension and dashed_extension and local.endswith(dashed_extension):
            shortened = local.removesuffix(dashed_extension)
            if _LOCAL[len(area)].fullmatch(shortened):
                local, extension = shortened, dashed_extension
        # Without its leading 0 a land line is believed only from a number cell, which cannot hold the 0.
        if (trunk or is_cell) and _LOCAL[len(area)].fullmatch(local):
            return _with_extension(f"+86{area}{local}", extension)
        if _LOCAL[len(area)].fullmatch(local):
            raise ValueProblem("phone.area", _NO_AREA)
        if trunk:
            raise ValueProblem(
                "phone.length", gettext_lazy("区号 0%(area)s 后面应是 7 到 8 位号码，请核对座机号码。"), {"area": area}
            )
    if trunk:
        raise ValueProblem("phone.prefix", gettext_lazy("没有这个区号，请核对座机号码。"))
    if len(national) in (7, 8):
        raise ValueProblem("phone.area", _NO_AREA)
    raise ValueProblem("phone.length", _WRONG_LENGTH, {"count": len(national)})


def _mainland_mobile(national: str, extension: str) -> str:
    if len(national) != 11:
        raise ValueProblem("phone.length", _WRONG_LENGTH, {"count": len(national)})
    if national[:3] not in _MOBILE_PREFIXES:
        raise ValueProblem(
            "phone.prefix", gettext_lazy("没有以 %(prefix)s 开头的手机号，请核对。"), {"prefix": national[:3]}
        )
    if extension:
        raise ValueProblem("phone.syntax", gettext_lazy("手机号没有分机号，请核对。"))
    return f"+86{national}"


def _foreign(number: str, country: str | None, extension: str) -> str:
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException as error:
        if error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
            raise ValueProblem("phone.prefix", gettext_lazy("没有这个国家或地区代码，请核对。")) from None
        raise ValueProblem("phone.length", _FOREIGN_LENGTH) from None
    if not phonenumbers.is_valid_number(parsed):
        fits = phonenumbers.is_possible_number(parsed)
        raise ValueProblem(
            "phone.prefix" if fits else "phone.length",
            gettext_lazy("这个国家或地区没有这样的号码，请核对。") if fits else _FOREIGN_LENGTH,
        )
    return _with_extension(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164), extension)


def _with_extension(number: str, extension: str) -> str:
    return f"{number};ext={extension}" if extension else number


def _dashed(plain: str) -> str:
    found = _DASHED_TAIL.search(plain)
    return found["digits"] if found else ""


def _area_of(national: str) -> str | None:
    if national[:2] in _SHORT_AREAS:
        return national[:2]
    return national[:3] if national[:3] in _LONG_AREAS else None


def _country_code(number: str) -> str:
    try:
        return f"+{phonenumbers.parse(number).country_code}"
    except phonenumbers.NumberParseException:
        return "+"


def _expand(ranges: str) -> frozenset[str]:
    numbers: set[str] = set()
    for part in ranges.split():
        first, _dash, last = part.partition("-")
        numbers.update(str(number) for number in range(int(first), int(last or first) + 1))
    return frozenset(numbers)


# Prefixes allotted to the four carriers and their resellers. Not among them: 12x and 10x (short numbers), 140-144 and
# 148 as ordinary mobiles exist only as 13-digit machine numbers (148 also as 11 digits), 154,
# 160/161/163/164/168/169, 179, 194.
_MOBILE_PREFIXES = _expand("130-139 145-149 150-153 155-159 162 165-167 170-178 180-189 190-193 195-199")
_SHORT_AREAS = _expand("10 20-25 27-29")
_LONG_AREAS = _expand(
    "310-319 335 349-359 370-379 391-396 398 411-419 421 427 429 431-440 448 451-459 464 467-479 482 483 "
    "510-519 523 527 530-539 543 546 550-559 561-566 570-580 591-599 631-635 660-663 668 691 692 "
    "701 710-719 722 724 728 730-739 743-746 750-760 762 763 766 768-779 790-799 "
    "812 813 816-818 825-827 830-839 851-859 870-879 883 886-888 891-899 "
    "901-903 906 908-917 919 930-939 941 943 951-955 970-979 990-999"
)
_LOCAL = {2: re.compile(r"[2-9]\d{7}"), 3: re.compile(r"[2-9]\d{6,7}")}
_MOBILE = re.compile(r"1[3-9]\d{9}")
_SERVICE = re.compile(r"[48]00\d{7}")
_MOBILE_WITH_86 = re.compile(r"86(?:1[3-9]\d{9})")
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+?\d{1,2}")
_LABEL = re.compile(
    r"^(?:联系电话|联系方式|办公电话|移动电话|手机号码?|电话号码?|手机|电话|座机|固话|传真|telephone|mobile|phone|cell|tel|mob|fax)"
    r"\s*[:.]?\s*",
    re.IGNORECASE,
)
_EXTENSION = re.compile(
    r"\s*[(,;]?\s*(?:转分机|分机号?|转|ext\.?|extension|x|#)\s*[:=]?\s*(?P<digits>\d{1,6})\)?$", re.IGNORECASE
)
_DASHED_TAIL = re.compile(r"\d[-‐‑–—]\s*(?P<digits>\d{1,5})$")
_SEPARATORS = re.compile(r"[\s\-‐‑‒–—―−_.()\[\]（）·~ー]")
_SEVERAL = re.compile(
    r"\d\s*[、,;或和|]\s*[+(]*\d{2,}"
    r"|\d{4,}\s*/\s*[+(]*\d{2,}"
    r"|1[3-9]\d{9}\s+\+?(?:86)?1[3-9]\d{9}"
)
_LONGEST_INPUT = 60

_WRONG_LENGTH = gettext_lazy("手机号应为 11 位，座机应为区号加号码；这里有 %(count)s 位，请核对。")
_NO_AREA = gettext_lazy("座机请写上以 0 开头的区号，例如 0512-36746357。")
_FOREIGN_LENGTH = gettext_lazy("号码的位数与这个国家或地区不符，请核对。")
_TOO_LONG = gettext_lazy("内容太长，不像电话号码。")
_SEVERAL_NUMBERS = gettext_lazy("这里只能填一个号码，另一个请填到另一位联系人或备用电话。")
_NO_NUMBER = gettext_lazy("电话号码只能由数字、空格、短横线、括号和开头的 + 组成，请核对。")
