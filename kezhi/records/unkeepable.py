"""Words nobody should promise a customer (FUP-6): the administrator's list, looked for in whatever is written to them.

The list is the figure ``engagement.no_promises``, its words parted by spaces.
"""

from kezhi.core.figures import text_figure


def unkeepable_words() -> list[str]:
    """The words of the list."""
    return text_figure("engagement.no_promises").split()


def promises_in(*texts: str) -> list[str]:
    """The words of the list that stand in these texts, however they are spaced."""
    plain = "".join("".join(texts).casefold().split())
    return [word for word in unkeepable_words() if word.casefold() in plain]
