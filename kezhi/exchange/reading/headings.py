"""Which row holds the headings, and what the columns are called."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from kezhi.exchange.reading.synonyms import heading_key, known_headings

_SEARCHED_ROWS = 30
# zh-data: the words dates are written with
_NUMBERISH = re.compile(r"^[\s\d.,+\-/年月日:：¥￥%()（）#*]+$|@")
_LONGEST_HEADING = 40


@dataclass(frozen=True)
class Heading:
    """The guessed heading row, counted from 1 as ``Row.number``; 0 when the list begins without one.

    ``score`` is comparable between sheets of a file; ``is_sure`` means that known headings stand in it.
    """

    row: int
    score: float
    is_sure: bool


def guess_heading(rows: Sequence[tuple[int, Sequence[str]]]) -> Heading:
    """The row most likely to hold the headings: words we know, as wide as the rows below it, text, no repetition."""
    candidates = [(number, [cell.strip() for cell in cells]) for number, cells in rows[:_SEARCHED_ROWS]]
    widths = [sum(1 for cell in cells if cell) for _number, cells in candidates]
    if not any(widths):
        return Heading(0, 0.0, False)
    usual = Counter(width for width in widths if width).most_common(1)[0][0]
    best = Heading(0, 0.0, False)
    for position, (number, cells) in enumerate(candidates):
        filled = [cell for cell in cells if cell]
        if not filled:
            continue
        known = sum(1 for cell in filled if heading_key(cell) in known_headings())
        score = _score(filled, known, usual, position)
        if score > best.score:
            best = Heading(number, score, known >= max(2, len(filled) // 4) or (known == 1 and len(filled) <= 2))
    best = _second_row(best, candidates)
    if not best.is_sure and best.row and not _could_be_headings(candidates, best.row):
        return Heading(0, 0.0, False)
    return best


def joined_headings(named: Sequence[str], above: Sequence[str]) -> list[str]:
    """Headings in two rows: a column that has none of its own is called what stands above it (cells joined downward).

    A row above with a single filled cell is a title and names nothing.
    """
    if sum(1 for cell in above if cell.strip()) < 2 or not any(cell.strip() for cell in named):
        return list(named)
    width = max(len(named), len(above))
    own = [*named, *[""] * (width - len(named))]
    over = [*above, *[""] * (width - len(above))]
    return [cell if cell.strip() or len(up) > _LONGEST_HEADING else up for cell, up in zip(own, over, strict=True)]


def column_names(headings: Sequence[str], width: int) -> list[str]:
    """A distinct name for every column: 电话, 电话 (2), and 第 C 列 where there is none. Unnamed last ones stay."""
    names: list[str] = []
    taken: Counter[str] = Counter()
    for position in range(max(width, len(headings))):
        name = " ".join(headings[position].split()) if position < len(headings) else ""
        name = name[:100] or _("第 %(letter)s 列") % {"letter": column_letter(position)}
        taken[heading_key(name)] += 1
        count = taken[heading_key(name)]
        names.append(name if count == 1 else f"{name} ({count})")
    return names


def column_letter(position: int) -> str:
    """A, B … Z, AA … for 0, 1 … 25, 26 …"""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _second_row(best: Heading, candidates: list[tuple[int, list[str]]]) -> Heading:
    """The row below the headings where it goes on naming columns (a group above, its parts below)."""
    position = next((place for place, (number, _cells) in enumerate(candidates) if number == best.row), None)
    if position is None or position + 2 >= len(candidates):
        return best
    cells, (number, following) = candidates[position][1], candidates[position + 1]
    filled = [cell for cell in following if cell]
    known = sum(1 for cell in filled if heading_key(cell) in known_headings())
    blanks = sum(1 for place, cell in enumerate(cells) if not cell and place < len(following) and following[place])
    if number == best.row + 1 and len(filled) >= 2 and known == len(filled) and blanks:
        return Heading(number, best.score, best.is_sure)
    return best


def _score(filled: list[str], known: int, usual: int, position: int) -> float:
    count = len(filled)
    numberish = sum(1 for cell in filled if _NUMBERISH.search(cell))
    long = sum(1 for cell in filled if len(cell) > _LONGEST_HEADING)
    distinct = len({heading_key(cell) for cell in filled}) / count
    known_share = known / count
    width_fit = min(count, usual) / max(usual, 1)
    text_share = 1 - (numberish + long) / count
    score = 4 * known_share * width_fit + 0.2 * min(known, 10) + width_fit + max(text_share, 0.0) + 0.5 * distinct
    return score - 0.02 * position - (1.0 if count == 1 and usual > 2 else 0.0)


def _could_be_headings(candidates: list[tuple[int, list[str]]], row: int) -> bool:
    """An unknown heading row is believed when it holds only short text and the rows below hold something else."""
    cells = next(cells for number, cells in candidates if number == row)
    filled = [cell for cell in cells if cell]
    if any(_NUMBERISH.search(cell) or len(cell) > _LONGEST_HEADING for cell in filled):
        return False
    below = [cells for number, cells in candidates if number > row]
    if not below or len(candidates) == 1:
        return True
    columns_with_numbers = {
        position for cells in below for position, cell in enumerate(cells) if cell and _NUMBERISH.search(cell)
    }
    return bool(columns_with_numbers) or all(len(cell) <= 12 for cell in filled)
