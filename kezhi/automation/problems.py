"""What is wrong with a rule as it was written."""

from django.utils.functional import Promise


class DefinitionProblem(Exception):
    """A definition that cannot be used; ``path`` says where ("do.1.with.to")."""

    def __init__(self, message: str | Promise, path: str = "") -> None:
        super().__init__(str(message))
        self.message = message
        self.path = path
