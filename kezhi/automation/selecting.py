"""Which of some records meet a rule: its condition becomes a statement once and is asked again with other records.

Making a statement of a condition takes several times longer than asking the database. It is kept until anything it
could rest on has changed: rules, fields, lists, figures, people, and, for spans of days, the minute.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection

from kezhi.access.rights import organisation
from kezhi.automation.catalogue import LiveRule
from kezhi.automation.definition import rule_catalogue, rule_reader
from kezhi.core import epochs
from kezhi.core.clock import now
from kezhi.core.conditions import ConditionProblem, to_q

_CHUNK = 500
_LARGEST_STORE = 2000
# Stands where the ids go; no record has it.
_MARK = -(2**62) - 11
_PLACE = re.compile(r"%%|%s")

_Stamp = tuple[str, str, datetime]


@dataclass(frozen=True, slots=True)
class _Statement:
    """``before`` and ``after`` the place of the ids, with their parameters; ``finds_nothing`` whatever the ids are."""

    before: str = ""
    after: str = ""
    first: tuple[Any, ...] = ()
    last: tuple[Any, ...] = ()
    finds_nothing: bool = False


_known: dict[tuple[int, int | None], tuple[_Stamp, _Statement]] = {}


def matching_ids(rule: LiveRule, ids: Collection[int]) -> set[int]:
    """Those records that meet the rule's condition now, within its trial; none where it names what is gone."""
    if not ids:
        return set()
    statement = _statement(rule)
    if statement.finds_nothing:
        return set()
    wanted, found = sorted(ids), set()
    for start in range(0, len(wanted), _CHUNK):
        found |= _ask(statement, wanted[start : start + _CHUNK])
    return found


def pilot_filter(rule_pilot: int | None, owner_path: str) -> dict[str, Any]:
    """What limits a rule on trial to the records of one department and those below."""
    if rule_pilot is None:
        return {}
    return {f"{owner_path}__in": organisation().members_below(frozenset({rule_pilot}))}


def _ask(statement: _Statement, ids: Sequence[int]) -> set[int]:
    places = ", ".join(["%s"] * len(ids))
    with connection.cursor() as cursor:
        cursor.execute(f"{statement.before}{places}{statement.after}", [*statement.first, *ids, *statement.last])
        return {int(row[0]) for row in cursor.fetchall()}


def _statement(rule: LiveRule) -> _Statement:
    stamp = (connection.vendor, epochs.state(), now().replace(second=0, microsecond=0))
    slot = (rule.version_id, rule.pilot_id)
    entry = _known.get(slot)
    if entry is not None and entry[0] == stamp:
        return entry[1]
    made = _make(rule)
    if len(_known) >= _LARGEST_STORE:
        _known.clear()
    _known[slot] = (stamp, made)
    return made


def _make(rule: LiveRule) -> _Statement:
    record_type = rule.definition.record_type
    rows = record_type.model.objects.ungated("rules").filter(pk__in=[_MARK])
    if rule.definition.trigger.on != "deleted":
        rows = rows.filter(deleted_at__isnull=True)
    try:
        q = to_q(rule.definition.condition, rule_catalogue(record_type), rule_reader().condition_context())
        rows = rows.filter(q, **pilot_filter(rule.pilot_id, record_type.owner_path))
        sql, params = rows.order_by().values_list("pk").query.sql_with_params()
    except (ConditionProblem, EmptyResultSet):
        return _Statement(finds_nothing=True)
    place = params.index(_MARK)
    start, end = [match.span() for match in _PLACE.finditer(sql) if match[0] == "%s"][place]
    return _Statement(sql[:start], sql[end:], tuple(params[:place]), tuple(params[place + 1 :]))
