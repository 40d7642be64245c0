"""The ``kezhi`` command. Each module in ``kezhi.config.commands`` is one subcommand.

A command module has ``HELP`` (one line), ``add_arguments(parser)`` and ``run(options) -> exit code``: 0 all is well, 1
the command found or met trouble, 2 it was called or configured wrongly.
"""

import argparse
import os
import pkgutil
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Protocol, cast

from kezhi import __version__
from kezhi.config import commands
from kezhi.config.environment import EnvironmentProblem, check_environment

# These start without Django: the supervisor stays small and quick.
_LIGHT = frozenset({"bench", "up", "version"})  # bench settles its own data folder first
USAGE = 2


class Command(Protocol):
    """What a command module offers."""

    HELP: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the subcommand named first; gives the exit code."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    name = next((argument for argument in arguments if not argument.startswith("-")), None)
    try:
        check_environment()
        if name not in _LIGHT and arguments != ["--version"]:
            _set_up_django()
    except _configuration_problems() as problem:
        print(problem, file=sys.stderr)
        return USAGE
    names = command_names()
    parser = argparse.ArgumentParser(prog="kezhi", description="Kezhi, the customer-management system.")
    parser.add_argument("--version", action="version", version=f"Kezhi {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    # Only the command that was asked for is imported; the list of all needs them all.
    for known in [name] if name in names else [] if arguments == ["--version"] else names:
        command = load_command(known)
        subparser = subparsers.add_parser(known, help=command.HELP, description=command.HELP)
        command.add_arguments(subparser)
        subparser.set_defaults(run=command.run)
    options = parser.parse_args(arguments)
    try:
        return cast(Callable[[argparse.Namespace], int], options.run)(options)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Somebody read only the first lines (``kezhi doctor | head``).
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def command_names() -> list[str]:
    """Every subcommand: ``rotate_keys.py`` is ``rotate-keys``."""
    return [module.name.replace("_", "-") for module in pkgutil.iter_modules(commands.__path__)]


def load_command(name: str) -> Command:
    return cast(Command, import_module(f"{commands.__name__}.{name.replace('-', '_')}"))


def _set_up_django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kezhi.config.settings")
    import_module("django").setup()


def _configuration_problems() -> tuple[type[Exception], ...]:
    django_problem = sys.modules.get("django.core.exceptions")
    if django_problem is None:
        return (EnvironmentProblem,)
    return (EnvironmentProblem, django_problem.ImproperlyConfigured)


if __name__ == "__main__":
    sys.exit(main())
