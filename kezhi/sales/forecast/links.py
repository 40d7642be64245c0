"""Addresses of the list of opportunities behind a number."""

import json
from datetime import date, timedelta
from urllib.parse import urlencode

from kezhi.access.rights import organisation
from kezhi.sales.forecast.asked import Asked

Term = dict[str, object]

# What a list shows whose sum is of weighted amounts, or whose average is of days.
WEIGHED = ("name", "customer", "stage", "amount", "probability", "weighted_amount", "expected_close_on", "owner")
TIMED = ("name", "customer", "created_at", "closed_at", "days_to_close", "amount", "owner")


def opportunities(
    asked: Asked, *terms: Term, people: frozenset[int] | None = None, columns: tuple[str, ...] = ()
) -> str:
    """The list of what is asked for, narrowed by further terms and to some owners."""
    parts: list[Term] = []
    if asked.pipeline:
        parts.append({"field": "pipeline", "op": "is", "value": [asked.pipeline]})
    return _list("opportunities", [*parts, *_whose(asked, people), *terms], columns)


def stays(asked: Asked, stage: str, passed: str) -> str:
    """The stays behind a number of a stage: who entered it, left it or went on."""
    return f"/forecast/stages/{stage}/?{asked.query(passed=passed)}"


def leads(asked: Asked, *terms: Term) -> str:
    """The leads of the part of the company asked for, narrowed by further terms."""
    return _list("leads", [*_whose(asked, None), *terms])


def _whose(asked: Asked, people: frozenset[int] | None) -> list[Term]:
    parts: list[Term] = []
    owners = asked.people if people is None else people
    if people is None and asked.department is not None and asked.person is None:
        parts.append(
            {
                "field": "owner",
                "op": "in_department",
                "value": sorted(organisation().departments_below(asked.department)),
            }
        )
    elif owners is not None:
        parts.append({"field": "owner", "op": "is", "value": sorted(owners)})
    return parts


def _list(slug: str, parts: list[Term], columns: tuple[str, ...] = ()) -> str:
    shown = {"cols": ",".join(columns)} if columns else {}
    return f"/{slug}/?" + urlencode({"filter": json.dumps({"all": parts}, ensure_ascii=False)} | shown)


def either(*groups: tuple[Term, ...]) -> Term:
    """What fits all terms of one group at least."""
    return {"any": [{"all": list(group)} for group in groups]}


def state(*values: str) -> Term:
    """Open, won or lost."""
    return {"field": "state", "op": "is", "value": list(values)}


def category(*values: str) -> Term:
    """Forecast categories."""
    return {"field": "forecast", "op": "is", "value": list(values)}


def within(field: str, first: date, end: date) -> Term:
    """A day or a moment from ``first`` up to the day before ``end``."""
    return {"field": field, "op": "between", "value": [first.isoformat(), (end - timedelta(days=1)).isoformat()]}


def is_value(field: str, value: object) -> Term:
    """A field is a value (words of a text field, else one of a list), or is empty."""
    if value in (None, ""):
        return empty(field)
    return {"field": field, "op": "is", "value": value if field == "competitor" else [value]}


def empty(field: str) -> Term:
    """A field is not filled in."""
    return {"field": field, "op": "is_empty"}
