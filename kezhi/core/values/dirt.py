"""The dirt that keyboards, spreadsheets and web pages leave around a value, removed once for all value types."""

import re
import unicodedata

# Zero-width and direction marks, soft hyphen, byte-order mark: invisible, and copied along from chats and web pages.
_INVISIBLE = dict.fromkeys(
    [0x00AD, 0x061C, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF]
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BLANKS = re.compile(r"\s+")


def drop_invisible(text: str) -> str:
    """The text without zero-width and direction marks and without control characters (line breaks and tabs stay)."""
    return _CONTROL.sub("", text.translate(_INVISIBLE))


def written(text: str) -> str:
    """What somebody wrote, trimmed; "" where nothing of it can be seen. For what has to be said, such as a reason."""
    return drop_invisible(text).strip()


def half_width(text: str) -> str:
    """The text with full-width and other compatibility forms (１, Ａ, ＠, ，, （) in their plain form, trimmed."""
    return unicodedata.normalize("NFKC", drop_invisible(text)).strip()


def one_line(text: str) -> str:
    """The text trimmed, every run of white space one blank."""
    return _BLANKS.sub(" ", text).strip()


def number_text(value: float) -> str:
    """A number from a spreadsheet cell as people would write it: ``13812345678.0`` → ``13812345678``."""
    return str(int(value)) if float(value).is_integer() else repr(value)
