"""``kezhi bench``: measure the real server on a large register."""

import argparse
import datetime as dt
import os
import sys
from pathlib import Path

from kezhi.config import environment

HELP = "Measure how quickly pages, searches, the API and imports answer on a large register."

_PAGE = Path("docs/performance.md")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--customers", type=int, default=100_000, metavar="N", help="size of the register (100000)")
    parser.add_argument("--clients", type=int, default=8, metavar="N", help="clients at once for the throughput (8)")
    parser.add_argument("--seconds", type=float, default=5, metavar="S", help="how long each act is measured (5)")
    parser.add_argument("--no-import", action="store_true", help="leave out the import of 100,000 rows")
    parser.add_argument("--import-rows", type=int, default=100_000, metavar="N", help="rows of that import (100000)")
    parser.add_argument("--no-start", action="store_true", help="leave out start time and memory")
    parser.add_argument("--no-workflow", action="store_true", help="leave out rules, promises and the inbox")
    parser.add_argument("--no-page", action="store_true", help=f"do not write {_PAGE}")


def run(options: argparse.Namespace) -> int:
    if not (1 <= options.clients <= 64 and 0 < options.seconds <= 60 and 1 <= options.customers <= 5_000_000):
        print("At most 64 clients, 60 seconds an act and 5,000,000 customers.", file=sys.stderr)
        return 2
    # Never the installation's own data: a folder of its own, and a PostgreSQL database that holds nothing else.
    folder = environment.DATA.read() / "bench" / str(options.customers)
    os.environ["KEZHI_DATA"] = str(folder)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kezhi.config.settings")
    import django  # after the folder is settled

    django.setup()
    from kezhi.config.benchmark.client import BadAnswer
    from kezhi.config.benchmark.measuring import NotOurs, measure
    from kezhi.config.benchmark.report import notes, table, write_page

    try:
        results = measure(options, lambda text: print(text, file=sys.stderr, flush=True))
    except (BadAnswer, NotOurs) as problem:
        print(problem, file=sys.stderr)
        return 1
    command = f"kezhi bench --customers {options.customers} --clients {options.clients} --seconds {options.seconds:g}"
    print(f"{results.title()}\n\n{table(results)}")
    if not options.no_page and _PAGE.parent.is_dir():
        write_page(_PAGE, results, notes(results, dt.datetime.now(dt.UTC).date().isoformat(), command))
        print(f"\nWritten to {_PAGE}.")
    return 0
