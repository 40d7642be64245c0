"""``kezhi export``: take a list out from the command line, within a user's rights, logged like any export."""

import argparse
import json
import sys
from pathlib import Path

from django.utils import translation

from kezhi.access.actors import user_actor
from kezhi.access.models import FieldLevel, User
from kezhi.access.policies import NotAllowed
from kezhi.core.conditions import ConditionProblem, parse
from kezhi.core.values.problem import ValueProblem
from kezhi.exchange import steps
from kezhi.exchange.models import ExportState
from kezhi.exchange.operations.exports import fetch_export, start_export
from kezhi.records.listing.problems import ListProblem
from kezhi.records.listing.query import ListRequest
from kezhi.records.registry import TypeCatalogue, find_record_type, record_types, type_by_slug

HELP = "Export a list (xlsx, CSV) as a user."
_TROUBLE = 1
_WRONGLY_CALLED = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="ends in .xlsx or .csv")
    parser.add_argument("--as", dest="user", required=True, metavar="USER", help="sign-in name of whoever exports")
    parser.add_argument("--type", default="customer", help="record type (customer, contact …)")
    parser.add_argument("--reason", required=True, help="what for; kept with the export")
    parser.add_argument("--filter", default="", metavar="JSON", help="a condition, as in a list's address")
    parser.add_argument("--columns", default="", metavar="KEYS", help="fields, separated by commas; all by default")
    parser.add_argument("--sort", default="")


def run(options: argparse.Namespace) -> int:
    user = User.objects.filter(username=options.user, is_active=True).first()
    known = find_record_type(options.type) or type_by_slug(options.type)
    file_format = options.file.suffix.lstrip(".").lower()
    if user is None:
        print(f"There is no active user {options.user}.", file=sys.stderr)
        return _WRONGLY_CALLED
    if known is None:
        print(f"There are: {', '.join(each.key for each in record_types())}.", file=sys.stderr)
        return _WRONGLY_CALLED
    if file_format not in ("xlsx", "csv"):
        print("The file's name must end in .xlsx or .csv.", file=sys.stderr)
        return _WRONGLY_CALLED
    actor = user_actor(user.pk, door="cli")
    columns = [key for key in options.columns.split(",") if key] or [
        key for key in known.all_fields() if known.level(key, actor) != FieldLevel.HIDDEN
    ]
    with translation.override(user.language):
        try:
            tree = json.loads(options.filter) if options.filter else {"all": []}
            request = ListRequest(
                known, actor, parse(tree, TypeCatalogue(known, actor)), options.sort, tuple(columns), action="export"
            )
            order = start_export(
                request,
                columns=columns,
                format_name=file_format,
                reason=options.reason,
                actor=actor,
                in_background=False,
            )
            if order.state == ExportState.ASKING:
                print(
                    "Somebody has to agree first; then the file is to be had on the page of exports.", file=sys.stderr
                )
                return _TROUBLE
            steps.write_export(order.pk)
            order.refresh_from_db()
            if order.problem:
                print(order.problem, file=sys.stderr)
                return _TROUBLE
            _order, pieces = fetch_export(order.pk, actor=actor)
            with options.file.open("wb") as file:
                file.writelines(pieces)
        except json.JSONDecodeError:
            print("--filter is not JSON.", file=sys.stderr)
            return _WRONGLY_CALLED
        except (ConditionProblem, ListProblem, ValueProblem, NotAllowed) as refused:
            print(getattr(refused, "message", refused), file=sys.stderr)
            return _TROUBLE
    print(f"{order.total} -> {options.file}")
    return 0
