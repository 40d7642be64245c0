"""What can be wrong with a whole file, and what a person should know about one that was read all the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.functional import Promise


class ReadingProblem(Exception):
    """A file that cannot be read as a list.

    ``code`` is stable and made for programs (``zip_bomb``); ``message`` is a sentence in the active language that says
    what is wrong and what to do about it.
    """

    def __init__(
        self, code: str, sentence: str | Promise, params: Mapping[str, str | int | Promise] | None = None
    ) -> None:
        self.code = code
        self._sentence = sentence
        self.params = dict(params or {})
        super().__init__(code)

    @property
    def message(self) -> str:
        """The sentence in the active language."""
        sentence = str(self._sentence)
        return sentence % self.params if self.params else sentence

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True)
class Notice:
    """Something that was put right or guessed while reading: the file is usable, the person should see it."""

    code: str
    sentence: str | Promise
    params: Mapping[str, str | int | Promise] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The sentence in the active language."""
        sentence = str(self.sentence)
        return sentence % self.params if self.params else sentence


@dataclass(frozen=True)
class ReadingLimits:
    """How much a file may hold. Callers fill it from the figures; the defaults are those the product ships with."""

    rows: int = 200_000
    columns: int = 500
    cells: int = 8_000_000  # rows × columns of one sheet, as a far corner makes a reader allocate them all
    cell_characters: int = 32_767  # what Excel itself allows
    file_bytes: int = 50 * 1024 * 1024
    inflated_bytes: int = 768 * 1024 * 1024
    inflation: int = 250  # inflated : packed; real sheets reach about 100
    archive_entries: int = 2_000
