# zh-data: names of currencies
"""Names and signs of the currencies companies quote in: (ISO 4217 code, Chinese, English)."""

CURRENCIES = (
    ("CNY", "人民币", "Chinese yuan"),
    ("USD", "美元", "US dollar"),
    ("EUR", "欧元", "Euro"),
    ("HKD", "港元", "Hong Kong dollar"),
    ("JPY", "日元", "Japanese yen"),
    ("GBP", "英镑", "Pound sterling"),
    ("AUD", "澳元", "Australian dollar"),
    ("CAD", "加元", "Canadian dollar"),
    ("CHF", "瑞士法郎", "Swiss franc"),
    ("SGD", "新加坡元", "Singapore dollar"),
    ("KRW", "韩元", "South Korean won"),
    ("TWD", "新台币", "New Taiwan dollar"),
    ("MYR", "马来西亚林吉特", "Malaysian ringgit"),
    ("THB", "泰铢", "Thai baht"),
    ("VND", "越南盾", "Vietnamese dong"),
    ("INR", "印度卢比", "Indian rupee"),
    ("RUB", "俄罗斯卢布", "Russian rouble"),
    ("AED", "阿联酋迪拉姆", "UAE dirham"),
    ("NZD", "新西兰元", "New Zealand dollar"),
    ("MOP", "澳门元", "Macanese pataca"),
)

_SIGNS = {"CNY": "¥", "USD": "US$", "EUR": "€", "HKD": "HK$", "JPY": "JP¥", "GBP": "£"}


def currency_name(code: str, language: str) -> str:
    """The name of a currency in a language ("en", else Chinese); its code where it is not known."""
    for known, zh, en in CURRENCIES:
        if known == code:
            return en if language == "en" else zh
    return code


def currency_sign(code: str) -> str:
    """What stands before an amount: a sign where it is clear, else the code and a space."""
    return _SIGNS.get(code, f"{code} ")
