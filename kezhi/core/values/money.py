# zh-data: patterns and tables of Chinese words
"""Amounts in yuan as people write them: 500000, 50万, ¥500,000, 50.0万元, 五十万元, 50w (CUS-7).

Codes: ``money.syntax``, ``money.range`` (from–to), ``money.currency`` (not yuan), ``money.size`` (12 digits before the
point at most).
"""

import re
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kezhi.core.values.dirt import half_width, number_text
from kezhi.core.values.problem import ValueProblem

_CENT = Decimal("0.01")
_LARGEST = Decimal("999999999999.99")
_UNITS = {
    "万亿": Decimal(10) ** 12,
    "亿": Decimal(10) ** 8,
    "千万": Decimal(10) ** 7,
    "百万": Decimal(10) ** 6,
    "十万": Decimal(10) ** 5,
    "万": Decimal(10) ** 4,
    "w": Decimal(10) ** 4,
    "千": Decimal(1000),
    "k": Decimal(1000),
    "百": Decimal(100),
    "m": Decimal(10) ** 6,
    "": Decimal(1),
}
_YUAN_BEFORE = re.compile(r"^(?:rmb|cny|cn¥|人民币|¥)+:?")
_YUAN_AFTER = re.compile(r"(?:元整|元正|圆整|圆正|元|圆|块钱|块|整|正)?(?:rmb|cny|人民币)?$")
_OTHER_CURRENCY = re.compile(r"[$€£₩₽฿]|usd|eur|hkd|jpy|gbp|美元|美金|欧元|港币|港元|日元|英镑")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,4}(?:,\d{4})+(?:\.\d+)?")
_AMOUNT = re.compile(r"(?P<number>\d+(?:\.\d*)?|\.\d+)(?P<unit>万亿|千万|百万|十万|[亿万千百wkm])?")
_COMPOUND = re.compile(r"(?:\d+(?:\.\d+)?[亿万千百])+(?:\d+(?:\.\d+)?)?")
_PART = re.compile(r"(\d+(?:\.\d+)?)([亿万千百]?)")
_RANGE = re.compile(r"\d\s*[万亿wk元]*\s*(?:-|–|—|~|至|到)\s*[¥]?\d")
_FROM_TO = re.compile(
    r"[¥]?(?P<low>\d[\d,]*(?:\.\d+)?)(?P<low_unit>[亿万千百wk])?元?(?:-|–|—|~|至|到)[¥]?(?P<high>\d[\d,]*(?:\.\d+)?)"
    r"(?P<high_unit>[亿万千百wk])?元?"
)
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?e\+?\d{1,2}")
_VAGUE = re.compile(r"^(?:约|大约|近|大概)|(?:左右|上下)$")

_DIGIT_CHARACTERS = ("零〇", "一壹", "二贰两", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖")
_CHINESE_DIGITS = {character: value for value, row in enumerate(_DIGIT_CHARACTERS) for character in row}
_CHINESE_UNITS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_DIGIT = "[" + "".join(_DIGIT_CHARACTERS) + "]"
_CHINESE = re.compile(  # 五十万, 一点五万, 伍拾万元叁角贰分
    rf"(?=.)(?P<whole>(?:{_DIGIT}|[十拾百佰千仟万萬亿億点])*)(?:[元圆](?=.))?"
    rf"(?:(?P<jiao>{_DIGIT})角)?(?:零?(?P<fen>{_DIGIT})分)?"
)


def parse_money(text: str | float | Decimal) -> Decimal:
    """The amount in yuan with two decimals, rounded half up; a minus sign or brackets make it negative.

    Raises:
        ValueProblem: see the codes above.
    """
    if isinstance(text, Decimal):
        return _checked(text)
    plain = half_width(text if isinstance(text, str) else number_text(text)).lower().replace("￥", "¥")
    plain = re.sub(r"\s+", "", plain)
    if len(plain) > 60:
        raise ValueProblem("money.size", _TOO_LARGE)
    if _OTHER_CURRENCY.search(plain):
        raise ValueProblem("money.currency", _("这里填人民币金额；其他币种请先换算。"))
    if _RANGE.search(plain):
        raise ValueProblem("money.range", _("这里只能填一个金额，不能填一个范围。"))
    plain = _VAGUE.sub("", plain)
    sign = Decimal(1)
    if plain.startswith("(") and plain.endswith(")"):
        sign, plain = -sign, plain[1:-1]
    plain = _YUAN_BEFORE.sub("", plain)
    if plain.startswith(("-", "−", "–")):
        sign, plain = -sign, plain[1:]
    plain = _YUAN_BEFORE.sub("", plain.removeprefix("+"))
    return _checked(sign * _amount(_YUAN_AFTER.sub("", plain)))


def split_range(text: str) -> tuple[str, str] | None:
    """The two amounts of a range, each as text that can be read: 50-80万 → 50万, 80万; ``None`` for anything else."""
    found = _FROM_TO.fullmatch(_VAGUE.sub("", half_width(text).lower().replace(" ", "")))
    if found is None:
        return None
    is_lower = Decimal(found["low"].replace(",", "")) < Decimal(found["high"].replace(",", ""))
    unit = found["low_unit"] or (found["high_unit"] if is_lower else "") or ""
    return f"{found['low']}{unit}", f"{found['high']}{found['high_unit'] or ''}"


def format_money(amount: Decimal) -> str:
    """An amount as ``¥1,234,567.00``."""
    sign = "-" if amount < 0 else ""
    return f"{sign}¥{abs(amount):,.2f}"


def format_wan(amount: Decimal) -> str:
    """A short amount for lists and tiles: ``123.46万`` from 10,000 yuan on, ``1.2亿`` from 100 million, else ``9,999``.

    In English ``1.23M`` and ``12.3K``, which is how its readers shorten.
    """
    size = abs(amount)
    steps: tuple[tuple[Decimal, str], ...]
    if (get_language() or "").startswith("en"):
        steps = ((Decimal(10) ** 9, "B"), (Decimal(10) ** 6, "M"), (Decimal(10) ** 3, "K"))
    else:
        steps = ((Decimal(10) ** 8, "亿"), (Decimal(10) ** 4, "万"))
    for index, (step, unit) in enumerate(steps):
        below = steps[index + 1][0] if index + 1 < len(steps) else Decimal(1)
        # 99,999,960 would round to 10000.00万: it is shown as 1亿.
        if (size / below).quantize(_CENT, ROUND_HALF_UP) * below >= step:
            return f"{_plain((amount / step).quantize(_CENT, ROUND_HALF_UP))}{unit}"
    return _plain(amount.quantize(_CENT, ROUND_HALF_UP))


def _amount(plain: str) -> Decimal:
    if _SCIENTIFIC.fullmatch(plain):
        return Decimal(plain)
    number, unit = plain, ""
    for candidate in ("万亿", "千万", "百万", "十万", "亿", "万", "千", "百", "w", "k", "m"):
        if plain.endswith(candidate):
            number, unit = plain.removesuffix(candidate), candidate
            break
    if "," in number:
        if not _GROUPED.fullmatch(number):
            raise ValueProblem("money.syntax", _NO_AMOUNT)
        return Decimal(number.replace(",", "")) * _UNITS[unit]
    if found := _AMOUNT.fullmatch(plain):
        return Decimal(found["number"].rstrip(".") or "0") * _UNITS[found["unit"] or ""]
    if _COMPOUND.fullmatch(plain):  # 1亿2000万, 3万5千
        return sum((Decimal(digits) * _UNITS[mark] for digits, mark in _PART.findall(plain)), Decimal(0))
    if found := _CHINESE.fullmatch(plain):
        amount = _chinese_number(found["whole"].rstrip("零")) if found["whole"].strip("零") else Decimal(0)
        for name, part in (("jiao", Decimal("0.1")), ("fen", Decimal("0.01"))):
            if found[name]:
                amount += _CHINESE_DIGITS[found[name]] * part
        return amount
    raise ValueProblem("money.syntax", _NO_AMOUNT)


def _chinese_number(text: str) -> Decimal:
    whole, point, decimals = text.replace("萬", "万").replace("億", "亿").partition("点")
    if not whole or bool(point) != bool(decimals):
        raise ValueProblem("money.syntax", _NO_AMOUNT)
    total = section = digit = 0
    for character in whole:
        if character in _CHINESE_DIGITS:
            digit = _CHINESE_DIGITS[character]
        elif character in _CHINESE_UNITS:
            section += (digit or 1) * _CHINESE_UNITS[character]
            digit = 0
        else:
            if not (section or digit or total):
                raise ValueProblem("money.syntax", _NO_AMOUNT)
            scale = 10**4 if character == "万" else 10**8
            # 一万亿 multiplies what came before; 一亿二千万 adds to it.
            total = (total + section + digit) * scale if character == "亿" else total + (section + digit) * scale
            section = digit = 0
    if decimals and not all(character in _CHINESE_DIGITS for character in decimals.rstrip("万亿")):
        raise ValueProblem("money.syntax", _NO_AMOUNT)
    value = Decimal(total + section + digit)
    if decimals:  # 一点五万
        digits = decimals.rstrip("万亿")
        value += Decimal("0." + "".join(str(_CHINESE_DIGITS[character]) for character in digits))
        value *= _UNITS[decimals[len(digits) :]] if len(digits) < len(decimals) else 1
    return value


def _checked(amount: Decimal) -> Decimal:
    if not amount.is_finite():
        raise ValueProblem("money.syntax", _NO_AMOUNT)
    if abs(amount) > _LARGEST:
        raise ValueProblem("money.size", _TOO_LARGE)
    return amount.quantize(_CENT, ROUND_HALF_UP) + 0  # no negative zero


def _plain(number: Decimal) -> str:
    shown = f"{number:,.2f}"
    return shown.rstrip("0").rstrip(".")


_NO_AMOUNT = _("看不懂这个金额，请写成 500000 或 50万。")
_TOO_LARGE = _("金额太大，最多 12 位整数，请核对。")
