# zh-data: numerals as banks write them
"""Amounts in Chinese capitals (大写金额), as papers about money carry them.

After the rules of the People's Bank for bills (《正确填写票据和结算凭证的基本规定》, 银发〔1997〕393号):
整 after 元 or 角, a 零 for zeros inside the number, none between 元 and 角 where 元 ends in zeros but 角 follows
(both are allowed there; the 零 is written, so that nothing can be put in between).
"""

from decimal import ROUND_HALF_UP, Decimal

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_UNITS = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")


def capital_amount(amount: Decimal) -> str:
    """人民币壹万贰仟叁佰肆拾伍元陆角柒分; up to 16 digits before the point.

    Raises:
        ValueError: negative, or too large.
    """
    cents = int((amount * 100).quantize(Decimal(1), ROUND_HALF_UP))
    yuan, jiao, fen = cents // 100, cents // 10 % 10, cents % 10
    if amount < 0 or yuan >= 10**16:
        raise ValueError("no amount that can be written in capitals")
    words = f"{_whole(yuan)}元" if yuan else ""
    if not jiao and not fen:
        return f"人民币{words or '零元'}整"
    if jiao:
        words += ("零" if yuan and yuan % 10 == 0 else "") + f"{_DIGITS[jiao]}角"
    elif yuan:
        words += "零"
    return f"人民币{words}" + (f"{_DIGITS[fen]}分" if fen else "整")


def _whole(number: int) -> str:
    groups = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    words = ""
    gap = False
    for at in range(len(groups) - 1, -1, -1):
        group = groups[at]
        if not group:
            gap = True
            continue
        if words and (gap or group < 1000):
            words += "零"
        unit = "万" if at == 3 and groups[2] else _GROUPS[at]
        words += _group(group) + unit
        gap = False
    return words


def _group(group: int) -> str:
    words = ""
    gap = False
    for at in range(3, -1, -1):
        digit = group // 10**at % 10
        if digit:
            words += ("零" if gap and words else "") + _DIGITS[digit] + _UNITS[at]
            gap = False
        else:
            gap = True
    return words
