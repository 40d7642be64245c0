"""What can go wrong on the way to a provider and back."""


class ProviderProblem(Exception):
    """The provider does not answer, or answers what must not be believed. The text is for the log."""
