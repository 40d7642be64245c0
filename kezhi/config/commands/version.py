"""``kezhi version``."""

import argparse

from kezhi import __version__

HELP = "Print the version."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def run(options: argparse.Namespace) -> int:
    print(f"Kezhi {__version__}")
    return 0
