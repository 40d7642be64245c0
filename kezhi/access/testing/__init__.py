"""The cast that plays in tests: who is who in a small company, with the rights each has in real use."""

from kezhi.access.testing.cast import Cast, Member, make_cast

__all__ = ["Cast", "Member", "make_cast"]
