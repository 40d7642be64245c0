"""``kezhi demo``: a company to play in, or customers by the hundred thousand to measure with."""

import argparse
import sys
import time

from kezhi.config.commands import migrate
from kezhi.process.demo import PASSWORD, DemoProblem, begin_rules, load_demo, sign_ins

HELP = "Load the demo company into an empty database, or print who can sign in to it."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--size", type=int, default=300, metavar="N", help="how many customers (default 300)")
    parser.add_argument("--seed", type=int, default=2026, metavar="S", help="another seed makes another company")
    parser.add_argument("--force", action="store_true", help="load although there are users already")
    parser.add_argument("--sign-ins", action="store_true", help="only print who can sign in")


def run(options: argparse.Namespace) -> int:
    if options.sign_ins:
        _print_sign_ins()
        return 0
    if migrate.steps_to_do():
        migrate.run(argparse.Namespace(check=False))
    progress = _Progress()
    try:
        load_demo(options.size, options.seed, force=options.force, progress=progress)
    except DemoProblem as problem:
        print(problem, file=sys.stderr)
        return 1
    begin_rules()
    progress.end(options.size)
    return 0


class _Progress:
    """One line that fills up on a terminal, a line every tenth otherwise."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._shown = -1

    def __call__(self, done: int, of_all: int) -> None:
        percent = done * 100 // of_all
        if percent == self._shown:
            return
        if sys.stdout.isatty():
            print(f"\r{percent:3d} %", end="", flush=True)
            self._shown = percent
        elif percent // 10 != self._shown // 10 and time.monotonic() - self._start > 20:
            print(f"{percent} % after {time.monotonic() - self._start:.0f} s", flush=True)
            self._shown = percent

    def end(self, size: int) -> None:
        if sys.stdout.isatty():
            print("\r", end="")
        print(f"The demo company has {size:,} customers ({time.monotonic() - self._start:.1f} s).", flush=True)


def _print_sign_ins() -> None:
    people = sign_ins()
    if not people:
        return
    print("Sign in to the demo company as")
    for person in people:
        print(f"  {person.username:<12} {person.name}  {person.department}  {person.role}")
    print(f"each with the password  {PASSWORD}", flush=True)
