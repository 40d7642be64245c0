"""What can be wrong with an act of access, in a sentence for the person who asked for it."""

from collections.abc import Mapping

from django.utils.functional import Promise


class Refused(Exception):
    """The act is not possible; nothing was changed. ``problems`` has a sentence per field, "" for the whole."""

    def __init__(self, problems: Mapping[str, str | Promise]) -> None:
        super().__init__("; ".join(f"{key}: {text}" if key else str(text) for key, text in problems.items()))
        self.problems = dict(problems)


class SignInRefused(Exception):
    """Nobody is signed in. ``message`` tells the same for a wrong password and an unknown name."""

    def __init__(self, message: str | Promise, *, status: int = 422) -> None:
        super().__init__(str(message))
        self.message = message
        self.status = status
