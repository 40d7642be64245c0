"""What a list may be refused with."""

from django.utils.functional import Promise


class ListProblem(Exception):
    """A request for a list that makes no sense; ``part`` says which part (cursor, size, sort, filter, columns)."""

    def __init__(self, part: str, message: str | Promise) -> None:
        super().__init__(f"{part}: {message}")
        self.part = part
        self.message = message
