"""``kezhi user``: the people who may sign in, from the command line (the first administrator, a lost password)."""

import argparse
import getpass
import sys

from kezhi.access.actors import Actor, system_actor
from kezhi.access.models import Department, Role, User
from kezhi.access.operations import (
    Refused,
    UserDetails,
    add_user,
    create_administrator,
    install_defaults,
    reset_password,
)
from kezhi.access.operations.setting_up import needs_set_up, set_up_code
from kezhi.config.migration_stamp import stamp_inhabited

HELP = "Add users, list them, give somebody a new password."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    acts = parser.add_subparsers(dest="act", metavar="ACT", required=True)
    add = acts.add_parser("add", help="add somebody; the password is asked for, or read from a pipe")
    add.add_argument("username")
    add.add_argument("--name", required=True, help="the name colleagues see")
    add.add_argument("--email", default="")
    add.add_argument("--department", metavar="KEY", help="key of the department")
    add.add_argument("--role", action="append", default=[], metavar="KEY", help="key of a role; may be repeated")
    add.add_argument("--administrator", action="store_true", help="may do everything")
    password = acts.add_parser("password", help="give somebody a new password, to be changed at the next sign-in")
    password.add_argument("username")
    code = acts.add_parser("code", help="the code the first page asks for while nobody can sign in yet")
    code.add_argument("--at", metavar="ADDRESS", help="print the page's whole address, or nothing when it is over")
    acts.add_parser("list", help="list everybody with department and roles")


def run(options: argparse.Namespace) -> int:
    if options.act == "code":
        return _code(options.at)
    actor = system_actor("kezhi", door="cli")
    try:
        if options.act == "add":
            return _add(options, actor)
        if options.act == "password":
            return _give_password(options.username, actor)
    except Refused as refused:
        print(refused, file=sys.stderr)
        return 1
    return _list()


def _add(options: argparse.Namespace, actor: Actor) -> int:
    if options.administrator and (options.role or options.department):
        print("--administrator goes with neither --role nor --department.", file=sys.stderr)
        return 2
    department = Department.objects.filter(key=options.department).first()
    if options.department and department is None:
        keys = ", ".join(Department.objects.values_list("key", flat=True))
        print(f"There is no department {options.department}; there are: {keys or 'none'}.", file=sys.stderr)
        return 2
    install_defaults(actor=actor)
    roles = list(Role.objects.filter(key__in=options.role))
    if unknown := set(options.role) - {role.key for role in roles}:
        keys = ", ".join(Role.objects.values_list("key", flat=True))
        print(f"There is no role {', '.join(sorted(unknown))}; there are: {keys}.", file=sys.stderr)
        return 2
    password = _asked_password()
    if options.administrator:
        user = create_administrator(options.username, options.name, password, actor=actor, email=options.email)
    else:
        details = UserDetails(options.username, options.name, email=options.email, department=department)
        user = add_user(details, actor=actor, roles=roles, password=password)
    print(f"{user.name} can sign in as {user.username}.")
    return 0


def _give_password(username: str, actor: Actor) -> int:
    user = User.objects.filter(username__iexact=username).first()
    if user is None:
        print(f"Nobody signs in as {username}.", file=sys.stderr)
        return 1
    print(f"New password of {user.name}, to be changed at the next sign-in: {reset_password(user, actor=actor)}")
    return 0


def _code(address: str | None) -> int:
    if not needs_set_up():
        stamp_inhabited()
        if address:
            return 0
        print("Somebody can sign in already; the code is over.", file=sys.stderr)
        return 1
    if address:
        print(f"Nobody can sign in yet. Make it your company's at {address}/set-up/?code={set_up_code()}", flush=True)
    else:
        print(set_up_code())
    return 0


def _list() -> int:
    for user in User.objects.select_related("department").prefetch_related("roles"):
        roles = ", ".join(role.key for role in user.roles.all())
        department = user.department.key if user.department else "-"
        print(f"{user.username:<20} {user.name}  {department}  {roles}{'' if user.is_active else '  (left)'}")
    return 0


def _asked_password() -> str:
    """From the terminal without showing it, or the first line of what is piped in; never from the command line."""
    if sys.stdin.isatty():
        return getpass.getpass("Password: ")
    return sys.stdin.readline().rstrip("\n")
