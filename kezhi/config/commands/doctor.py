"""``kezhi doctor``: everything the health page shows, and whatever takes longer to find out."""

import argparse

from django.utils.translation import override

from kezhi.core.health import HealthState, examine, health, worst

HELP = "Check the installation: health, audit chain, stored facts. Exit code 1 when something is wrong."

_SIGNS = {HealthState.OK: "✓", HealthState.WARNING: "!", HealthState.BAD: "✗"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quick", action="store_true", help="only what the health page shows")


@override("en")
def run(options: argparse.Namespace) -> int:
    findings = health()
    for finding in findings:
        print(f"{_SIGNS[finding.state]} {finding.label}  {finding.words}")
    wrong = 0
    if not options.quick:
        for check, sentence in examine():
            wrong += 1
            print(f"✗ {check}  {sentence}", flush=True)
        if not wrong:
            print("✓ audit chain and stored facts are whole")
    return 1 if wrong or worst(findings) is HealthState.BAD else 0
