"""The condition language: what a filter finds and what a test says are the same (architecture §1.2)."""

import datetime as dt
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kezhi.core.clock import day_start
from kezhi.core.conditions import (
    EVERYTHING,
    OPERATORS,
    ConditionContext,
    ConditionProblem,
    fields_used,
    matches,
    parse,
    plain_text,
    sentence,
    to_json,
    to_q,
)
from kezhi.core.conditions.operators import PERIODS, period_days
from kezhi.core.models import Job
from kezhi.core.values.problem import ValueProblem

TODAY = dt.date(2026, 11, 24)
NOW = dt.datetime(2026, 11, 24, 3, 0, tzinfo=dt.UTC)
CONTEXT = ConditionContext(
    now=NOW,
    today=TODAY,
    day_start=day_start,
    me=1,
    my_department_ids=frozenset({7}),
    members=lambda departments: frozenset({1, 2}) if 7 in departments else frozenset(),
)


class Plain:
    """A field of jobs as conditions see it; jobs are the plainest table core has."""

    def __init__(self, key, kind):
        self.key = key
        self.label = key
        self.kind = kind

    def q(self, build, role="value"):
        return build(self.key)

    def read_operand(self, raw):
        if self.kind in ("number", "user"):
            if raw in ("me", "mine"):
                return raw
            try:
                return int(str(raw))
            except ValueError:
                raise ValueProblem("x", "x") from None
        if self.kind == "datetime":
            return dt.date.fromisoformat(str(raw))
        return str(raw)

    def operand_text(self, operand):
        return str(operand)

    def secret_index(self, operand, role):
        return operand


FIELDS = {
    field.key: field
    for field in (
        Plain("name", "text"),
        Plain("attempts", "number"),
        Plain("run_at", "datetime"),
        Plain("lane", "choice"),
    )
}


class Fields:
    def field(self, key):
        return FIELDS.get(key)


CATALOGUE = Fields()


def shapes_of(field):
    takes = {
        "none": st.none(),
        "days": st.integers(0, 40),
        "period": st.sampled_from(sorted(PERIODS)),
    }
    one = {
        "text": st.sampled_from(["", "a", "Ab", "客", "b%", "_"]).filter(bool),
        "number": st.integers(-2, 4),
        "datetime": st.dates(dt.date(2026, 10, 1), dt.date(2026, 12, 31)).map(str),
        "choice": st.sampled_from(["io", "short"]),
    }[field.kind]
    shapes = []
    for operator in OPERATORS[field.kind].values():
        value = takes.get(operator.takes)
        if operator.takes == "many":
            value = st.lists(one, min_size=1, max_size=3)
        elif operator.takes == "range":
            value = st.tuples(one, one).map(list)
        elif value is None:
            value = one
        shapes.append(value.map(lambda v, op=operator.key: {"field": field.key, "op": op, "value": v}))
    return st.one_of(shapes)


TESTS = st.one_of([shapes_of(field) for field in FIELDS.values()])
TREES = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=6,
)


@pytest.fixture
def rows(transactional_db):
    moments = [NOW, NOW - dt.timedelta(days=7), NOW - dt.timedelta(days=31), NOW + dt.timedelta(days=1)]
    for number, moment in enumerate(moments):
        for name in ("", "a", "AB客", "b%_"):
            Job.objects.create(
                name=name,
                attempts=number,
                run_at=moment,
                lane=("io", "short")[number % 2],
                max_attempts=1,
                created_at=NOW,
            )
    return list(Job.objects.all())


@given(raw=TREES)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_filter_and_a_test_on_values_never_disagree(rows, raw):
    condition = parse(raw, CATALOGUE)
    found = set(Job.objects.filter(to_q(condition, CATALOGUE, CONTEXT)).values_list("pk", flat=True))
    tested = {
        row.pk for row in rows if matches(condition, {key: getattr(row, key) for key in FIELDS}, CATALOGUE, CONTEXT)
    }

    assert found == tested


@given(raw=TREES)
@settings(max_examples=150, deadline=None)
def test_json_comes_back_the_same_and_a_sentence_can_be_made(raw):
    condition = parse(raw, CATALOGUE)
    again = parse(json.loads(json.dumps(to_json(condition))), CATALOGUE)

    assert all(phrase.text for phrase in sentence(condition, CATALOGUE) if phrase.role != "value")
    assert again == condition
    assert set(fields_used(again)) == set(fields_used(condition))


@pytest.mark.parametrize(
    "raw",
    [
        [],
        {"all": {}},
        {"all": [], "any": []},
        {"field": "nothing", "op": "is", "value": "x"},
        {"field": "name", "op": "gt", "value": "x"},
        {"field": "name", "op": "is"},
        {"field": "name", "op": "is", "value": "x", "extra": 1},
        {"field": "attempts", "op": "eq", "value": "many"},
        {"field": "attempts", "op": "between", "value": [1]},
        {"field": "run_at", "op": "older_than_days", "value": "-1"},
        {"field": "run_at", "op": "period", "value": "some_day"},
        {"field": "lane", "op": "is", "value": []},
        {"field": "name", "op": "is", "value": {"field": "attempts"}},
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(raw):
    with pytest.raises(ConditionProblem):
        parse(raw, CATALOGUE)


def test_depth_and_length_are_limited():
    deep: dict = {"field": "name", "op": "is", "value": "x"}
    for _step in range(12):
        deep = {"not": deep}
    with pytest.raises(ConditionProblem):
        parse(deep, CATALOGUE)
    with pytest.raises(ConditionProblem):
        parse({"all": [{"field": "name", "op": "is", "value": "x"}] * 101}, CATALOGUE)


def test_nothing_given_means_everything():
    assert parse({}, CATALOGUE) == EVERYTHING
    assert parse(None, CATALOGUE) == EVERYTHING
    assert matches(EVERYTHING, {}, CATALOGUE, CONTEXT)


def test_an_empty_any_finds_nothing(rows):
    condition = parse({"any": []}, CATALOGUE)

    assert Job.objects.filter(to_q(condition, CATALOGUE, CONTEXT)).count() == 0
    assert not matches(condition, {}, CATALOGUE, CONTEXT)
    assert plain_text(sentence(condition, CATALOGUE)) == "（没有条件可满足，一条也不算）"


def test_me_and_my_department_are_whoever_asks():
    field = Plain("owner", "user")

    class People:
        def field(self, key):
            return field

    me = parse({"field": "owner", "op": "is", "value": ["me"]}, People())
    ours = parse({"field": "owner", "op": "in_department", "value": ["mine"]}, People())

    assert matches(me, {"owner": 1}, People(), CONTEXT)
    assert not matches(me, {"owner": 2}, People(), CONTEXT)
    assert matches(ours, {"owner": 2}, People(), CONTEXT)
    assert not matches(ours, {"owner": 3}, People(), CONTEXT)


@pytest.mark.parametrize(
    ("period", "first", "end"),
    [
        ("today", "2026-11-24", "2026-11-25"),
        ("this_week", "2026-11-23", "2026-11-30"),
        ("last_month", "2026-10-01", "2026-11-01"),
        ("this_quarter", "2026-10-01", "2027-01-01"),
        ("last_quarter", "2026-07-01", "2026-10-01"),
        ("last_year", "2025-01-01", "2026-01-01"),
    ],
)
def test_periods_are_counted_in_whole_days(period, first, end):
    assert tuple(str(day) for day in period_days(period, TODAY)) == (first, end)
