"""Bring the database to what the program expects, and fill an empty one with the demo company (``make run``).

A start that has nothing to do is over in about a second.
"""

from __future__ import annotations

import os
import sys

import django

from kezhi.config import cli
from kezhi.config.environment import EnvironmentProblem, check_environment
from kezhi.config.migration_stamp import is_stamped


def main() -> int:
    """Migrate, load the demo company where nobody can sign in yet (unless ``DEMO=no``), say who can."""
    try:
        check_environment()
    except EnvironmentProblem as problem:
        print(problem, file=sys.stderr)
        return cli.USAGE
    if not is_stamped() and (code := cli.main(["migrate"])):
        return code
    if not has_users():
        if os.environ.get("DEMO", "").lower() in {"0", "no", "off", "false"}:
            return 0  # The server says where the first administrator is made.
        print("Loading the demo company …", flush=True)
        if code := cli.main(["demo"]):
            return code
    return cli.main(["demo", "--sign-ins"])


def has_users() -> bool:
    """Whether somebody can sign in."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kezhi.config.settings")
    django.setup()
    from django.contrib.auth import get_user_model

    return bool(get_user_model()._default_manager.exists())


if __name__ == "__main__":
    sys.exit(main())
