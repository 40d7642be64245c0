"""The first rows of many owners together, each owner's read in order.

``owner IN (…) ORDER BY …`` makes databases sort everything those owners have. Each owner's records lie in order in the
index (owner, sort field, id), though. SQLite is given one ``UNION ALL`` with an arm per owner, which it merges lazily:
0.4 ms instead of 150 ms for 50 of 1,000 owners of 1,000,000 customers. PostgreSQL is given one arm and the owners
beside it: arms below each other it reads whole (18 ms for 50 owners of 50,000 customers), and arms with an order of
their own take it longer to plan than to read (4 ms and 1 ms).
"""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from kezhi.access.policies import NOBODY
from kezhi.records.listing.indexes import OWNER, advice, index_for
from kezhi.records.listing.reading import ReadObjects
from kezhi.records.listing.walking import with_effort

# What stands in a list's statement for the owner; no person has this id.
SAMPLE_OWNER = -7_340_033
# SQLite takes 32,766 in one statement.
_MOST_PARAMETERS = 20_000
# Steps of SQLite's machine, a few milliseconds; a board asks for several columns, some of them empty. Every row that is
# found passes through the arms on its way.
_MERGE_EFFORT = 15_000
_EFFORT_PER_ARM_AND_ROW = 3


def merged(
    shown: str, rows: QuerySet[Any], order: Sequence[str], owners: Sequence[int], wanted: int, read: ReadObjects
) -> list[Any] | None:
    """The first rows of all owners together; each arm is the same statement for another owner.

    The arms give ids only, so that the statement stays short; ``shown`` reads the columns of those that are left. None
    where the statement would be too long all the same, or where few rows pass the filter and all would be walked.
    """
    columns = [part.removeprefix("-") for part in order]
    arms_of = rows.order_by().values_list(*reversed(columns)).query
    try:
        arm, params = arms_of.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return []
    owner_at = [number for number, value in enumerate(params) if value == SAMPLE_OWNER]
    if len(owner_at) != 1 or len(params) * len(owners) > _MOST_PARAMETERS:
        return None
    way = "DESC" if order[0].startswith("-") else "ASC"
    by_place = len(columns) > 1
    before, after = params[: owner_at[0]], params[owner_at[0] + 1 :]
    table = connection.ops.quote_name(rows.model._meta.db_table)
    # One table only: without its name before every column the statement is half as long to read.
    arm = advice(index_for(rows.model, arms_of, order, within=OWNER), table, arm.replace(f"{table}.", ""))
    first = f"ORDER BY {f'2 {way}, ' if by_place else ''}1 {way} LIMIT {int(wanted)}"
    arms = _arms_beside if connection.vendor == "postgresql" else _arms_below
    listed, everything = arms(arm, owner_at[0], owners, first, [*before], [*after])
    statement = (
        f"WITH listed(id{', place' if by_place else ''}) AS ({listed} {first}) "
        f"{shown} INNER JOIN listed ON listed.id = {table}.id "
        f"ORDER BY {f'listed.place {way}, ' if by_place else ''}listed.id {way}"
    )
    effort = _MERGE_EFFORT + len(owners) * wanted * _EFFORT_PER_ARM_AND_ROW
    return with_effort(rows.model, statement, everything, read, effort)


def _arms_below(
    arm: str, owner_at: int, owners: Sequence[int], first: str, before: list[Any], after: list[Any]
) -> tuple[str, list[Any]]:
    """One arm below the other, which SQLite merges by the order of the whole; with the values of its placeholders."""
    values: list[Any] = []
    for owner in owners:
        values += [*before, *after] if owner == NOBODY else [*before, owner, *after]
    of_nobody = _of_owner(arm, owner_at, None)
    return " UNION ALL ".join(of_nobody if owner == NOBODY else arm for owner in owners), values


def _arms_beside(
    arm: str, owner_at: int, owners: Sequence[int], first: str, before: list[Any], after: list[Any]
) -> tuple[str, list[Any]]:
    """One arm that PostgreSQL reads for each owner: it would read all of arms below each other, and plan each anew."""
    people = [owner for owner in owners if owner != NOBODY]
    of_one = f"{_of_owner(arm, owner_at, 'reader.owner')} {first}"
    of_people = f"SELECT arm.* FROM unnest(%s::bigint[]) AS reader(owner) CROSS JOIN LATERAL ({of_one}) AS arm"  # noqa: S608
    parts = [f"({of_people})"]
    values = [people, *before, *after]
    if NOBODY in owners:
        parts.append(f"({_of_owner(arm, owner_at, None)} {first})")
        values += [*before, *after]
    return " UNION ALL ".join(parts), values


def _of_owner(arm: str, owner_at: int, owner: str | None) -> str:
    """The arm with another owner in the place of its placeholder, the ``owner_at``-th; None for what has none."""
    parts = arm.split("%s")
    before, after = "%s".join(parts[: owner_at + 1]), "%s".join(parts[owner_at + 1 :])
    return f"{before.removesuffix('= ')}IS NULL{after}" if owner is None else f"{before}{owner}{after}"
