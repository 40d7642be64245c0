"""``kezhi worker``: run background jobs until told to stop."""

import argparse
import signal
import sys

from django.core.exceptions import ImproperlyConfigured

from kezhi.core.jobs.engines import make_worker

HELP = "Run background jobs and schedules (kezhi up starts one by itself)."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--io-threads", type=int, default=2, metavar="N", help="threads for outside calls (default 2)")
    parser.add_argument("--no-schedules", action="store_true", help="leave schedules to other workers")


def run(options: argparse.Namespace) -> int:
    try:
        worker = make_worker(io_threads=options.io_threads, scheduler=not options.no_schedules)
    except ImproperlyConfigured as problem:
        print(problem, file=sys.stderr)
        return 2
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: worker.stop())
    worker.run()
    return 0
