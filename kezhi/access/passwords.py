"""How passwords are stored: Argon2id with little memory, so that many sign-ins at once do not exhaust the machine."""

from functools import cache

from django.contrib.auth.hashers import Argon2PasswordHasher, check_password, make_password


class PasswordHasher(Argon2PasswordHasher):
    """Argon2id with 32 MiB, two passes and one lane: above what OWASP asks for, about 40 ms."""

    memory_cost = 32 * 1024
    time_cost = 2
    parallelism = 1


@cache
def _nobody() -> str:
    return make_password("nobody has this password")


def burn(password: str) -> None:
    """Take as long as checking a password does, so that an unknown name answers no faster than a known one."""
    check_password(password, _nobody())
