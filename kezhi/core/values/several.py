# zh-data: words and signs between numbers
"""Cells that hold more than one telephone number or address, taken apart without losing any of them."""

import re
from collections.abc import Callable

from kezhi.core.values.dirt import half_width
from kezhi.core.values.email import parse_email
from kezhi.core.values.phone import parse_phone
from kezhi.core.values.problem import ValueProblem

_WORDS = re.compile(
    r"(?:微信同号|同微信|微信同步|(?:微信|手机|电话|座机|办公|固话|公司|家里|个人|备用|另|传真|tel|mobile|phone|fax|wechat|email|e-mail|mail|邮箱|电子邮件|邮件)"
    r"(?:号码?|地址)?\s*\d?\s*[:：])",
    re.IGNORECASE,
)
_NOTE = re.compile(r"[(（][^()（）\d@]*[)）]")  # 13888112345（和丽）
_SIGNS = re.compile(r"\s*(?:[、,，;；/／|\n\r]|或者?|和|\s{2,})\s*")
_BLANKS = re.compile(r"\s+")
_AREA = re.compile(r"^\(?(0\d{2,3})\)?[\s\-—–]")
_LOCAL = re.compile(r"[2-9]\d{6,7}")
# 86-511-86512345: the country's code without its +
_NO_PLUS = re.compile(r"^86[\s-]*(?=[1-9]\d{1,2}[\s-]*[2-9]\d{6,7}$)")
_MOST = 6
_ONE_PHONE = re.compile(r"(?!86)\+?\d[\d-]{6,14}")
_ONE_EMAIL = re.compile(r"[\w.+-]+@[\w.-]+")


def phones_in(text: str) -> list[str]:
    """The numbers of a cell, each as text that can be read, without words around it.

    A cell in which anything is no number comes back whole, so that its reader is told what is wrong.
    """
    if _ONE_PHONE.fullmatch(text):
        return [text]  # what most cells hold
    return _parts(text, parse_phone, _phone_parts)


def emails_in(text: str) -> list[str]:
    """The addresses of a cell; a cell in which anything is none comes back whole."""
    if _ONE_EMAIL.fullmatch(text):
        return [text]
    return _parts(text, parse_email, lambda plain: re.split(r"[\s、,，;；/／|]+", plain))


def _parts(text: str, parse: Callable[[str], str], split: Callable[[str], list[str]]) -> list[str]:
    if _reads(text, parse):
        return [text]
    plain = _WORDS.sub(" ", _NOTE.sub(" ", half_width(text))).strip()
    for parts in ([plain], split(plain), _BLANKS.split(plain)):
        parts = [part for part in (each.strip(" ,;、") for each in parts) if part]
        if 0 < len(parts) <= _MOST and all(_reads(part, parse) for part in parts):
            return list({parse(part): part for part in reversed(parts)}.values())[::-1]
    return [text]


def _phone_parts(plain: str) -> list[str]:
    parts: list[str] = []
    area = ""
    for part in _SIGNS.split(plain):
        part = _NO_PLUS.sub("+86 ", part.strip())
        if area and _LOCAL.fullmatch(part):
            part = f"{area}-{part}"
        elif found := _AREA.match(part):
            area = found[1]
        parts.append(part)
    return parts


def _reads(text: str, parse: Callable[[str], str]) -> bool:
    try:
        parse(text)
    except ValueProblem:
        return False
    return True
