"""The one way in which a value says that it cannot be accepted."""

from collections.abc import Mapping

from django.utils.functional import Promise


class ValueProblem(Exception):
    """A value that cannot be accepted.

    ``code`` is stable and made for programs (``phone.prefix``); ``message`` is a translatable sentence for the person
    and ``params`` fills its named placeholders, as Django's ``ValidationError`` does, so both can be handed on
    unchanged.
    """

    def __init__(
        self, code: str, message: str | Promise, params: Mapping[str, str | int | Promise] | None = None
    ) -> None:
        self.code = code
        self._sentence = message
        self.params = dict(params or {})
        super().__init__(code)

    @property
    def message(self) -> str:
        """The sentence in the active language."""
        sentence = str(self._sentence)
        return sentence % self.params if self.params else sentence

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[type["ValueProblem"], tuple[str, str, dict[str, str]]]:
        # Imports check rows in other processes; a lazy text does not survive pickling, its sentence does.
        return type(self), (self.code, self.message, {})
