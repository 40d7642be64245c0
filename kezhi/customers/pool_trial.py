"""Who would lose which customers tonight if the terms of the pool were others: worked out set-wise, nothing is changed.

The filter says the same as :meth:`kezhi.customers.recalling.Terms.day` and the shipped rule together.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from django.db.models import Case, Count, F, Q, Value, When, Window
from django.db.models.functions import RowNumber

from kezhi.access.actors import Actor
from kezhi.access.rights import organisation
from kezhi.automation.catalogue import LiveRule, live_rules
from kezhi.automation.definition import rule_catalogue, rule_reader
from kezhi.automation.models import Rule
from kezhi.core.clock import day_start, today
from kezhi.core.conditions import Condition, ConditionProblem, Group, fields_used, to_q
from kezhi.core.figures import Scalar, company_and_department_values
from kezhi.customers.figures_pool import LEVELS, RecallTerms, level_key, recall_terms
from kezhi.customers.models import Customer
from kezhi.records.presenting import Presented, present_all
from kezhi.records.registry import record_type

RULE = "pool.recall"
_EACH = 10
_OWNERS = 200
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Loss:
    """What one owner would lose: with the terms as they are, with the others, and only with those (the first named)."""

    owner_id: int
    owner: str
    now: int
    then: int
    fresh: int
    customers: Sequence[Presented] = ()


@dataclass(frozen=True, slots=True)
class PoolTrial:
    """The whole answer. ``is_off``: the rule does not run, so nobody loses anything."""

    losses: Sequence[Loss] = field(default_factory=tuple)
    is_off: bool = False

    @property
    def now(self) -> int:
        """How many return tonight as things stand."""
        return sum(loss.now for loss in self.losses)

    @property
    def then(self) -> int:
        """How many would return with the other terms."""
        return sum(loss.then for loss in self.losses)

    @property
    def fresh(self) -> int:
        """How many of those would stay as things stand."""
        return sum(loss.fresh for loss in self.losses)


def try_terms(values: Mapping[str, Scalar], department_id: int | None, *, actor: Actor) -> PoolTrial:
    """What the next recall would take if these figures held for the company or a department.

    Only customers the actor sees are counted and named.
    """
    rule = _rule()
    if rule is None:
        return PoolTrial(is_off=True)
    day = today() + _DAY
    stands = _due(day, lambda department: recall_terms(department))
    would = _due(day, lambda department: _other_terms(values, department_id, department))
    rows = Customer.objects.visible_to(actor).filter(owner_id__isnull=False).filter(_of_rule(rule))
    # As a number and not negated: comparisons with empty dates are neither true nor false.
    rows = rows.filter(stands | would).annotate(stays=Case(When(stands, then=Value(0)), default=Value(1)))
    counted = (
        rows.order_by()
        .values("owner_id")
        .annotate(
            now=Count("pk", filter=stands),
            then=Count("pk", filter=would),
            fresh=Count("pk", filter=would & Q(stays=1)),
        )
        .order_by("-fresh", "-then", "owner_id")
    )
    found = list(counted[:_OWNERS])
    named = _first_of_each(rows.filter(would, stays=1), found, actor)
    people = organisation().user_names
    return PoolTrial(
        tuple(
            Loss(
                row["owner_id"],
                people.get(row["owner_id"], ""),
                row["now"],
                row["then"],
                row["fresh"],
                named.get(row["owner_id"], ()),
            )
            for row in found
        )
    )


def _first_of_each(rows: Any, found: Sequence[Mapping[str, int]], actor: Actor) -> dict[int, list[Presented]]:
    """The first few of each owner's, presented; one query."""
    owners = [row["owner_id"] for row in found if row["fresh"]]
    numbered = rows.filter(owner_id__in=owners).annotate(
        turn=Window(RowNumber(), partition_by=F("owner_id"), order_by=F("pk").asc())
    )
    ids = list(numbered.filter(turn__lte=_EACH).values_list("pk", flat=True))
    known = record_type("customer")
    customers = Customer.objects.visible_to(actor).filter(pk__in=ids).order_by("owner_id", "pk")
    result: dict[int, list[Presented]] = defaultdict(list)
    loaded = list(customers)
    for customer, shown in zip(loaded, present_all(loaded, known, actor), strict=True):
        result[customer.owner_id].append(shown)
    return result


def _due(day: date, terms_of: Any) -> Q:
    """The filter of customers whose day has come by ``day``, each by the terms of its owner's department."""
    by_terms: dict[tuple[Any, ...], tuple[RecallTerms, set[int | None]]] = {}
    departments: dict[int | None, set[int]] = defaultdict(set)
    people = organisation()
    for user_id in people.user_names:
        departments[people.user_departments.get(user_id)].add(user_id)
    for department in departments:
        terms = terms_of(department)
        key = (*sorted(terms.days.items()), terms.deal_days, terms.spare_opportunity)
        by_terms.setdefault(key, (terms, set()))[1].add(department)
    found = Q(pk__in=())
    for terms, group in by_terms.values():
        due = _due_by(day, terms)
        if len(by_terms) > 1:
            due &= Q(owner_id__in=[user_id for department in group for user_id in departments[department]])
        found |= due
    return found & (Q(protected_until__isnull=True) | Q(protected_until__lt=day))


def _due_by(day: date, terms: RecallTerms) -> Q:
    by_level = Q(pk__in=())
    for level in (*LEVELS, ""):
        days = terms.days_of(level)
        if not days:
            continue
        of_level = Q(level=level) if level else ~Q(level__in=LEVELS)
        edge = day_start(day - timedelta(days=days) + _DAY)
        quiet = Q(last_followed_at__isnull=True) | Q(last_followed_at__lt=edge)
        held = Q(owned_since__lt=edge) | Q(owned_since__isnull=True, created_at__lt=edge)
        by_level |= of_level & quiet & held
    if terms.deal_days:
        edge_day = day - timedelta(days=terms.deal_days)
        for column in ("last_order_on", "last_signed_on"):
            by_level &= Q(**{f"{column}__isnull": True}) | Q(**{f"{column}__lte": edge_day})
    if terms.spare_opportunity:
        by_level &= ~Q(lifecycle=Customer.Lifecycle.OPPORTUNITY)
    return by_level


def _other_terms(values: Mapping[str, Scalar], scope: int | None, department: int | None) -> RecallTerms:
    """The terms of a department if the values were saved for ``scope`` (None: the company)."""
    terms = recall_terms(department)
    stored = company_and_department_values()

    def holds(key: str) -> bool:
        if key not in values or (scope is not None and scope != department):
            return False
        return scope is not None or department is None or (key, department) not in stored

    days = {
        level: int(str(values[level_key(level)])) if holds(level_key(level)) else terms.days[level]
        for level in (*LEVELS, "")
    }
    terms = replace(terms, days=days)
    if holds("pool.deal_days"):
        terms = replace(terms, deal_days=int(str(values["pool.deal_days"])))
    if holds("pool.spare_opportunity"):
        terms = replace(terms, spare_opportunity=bool(values["pool.spare_opportunity"]))
    return terms


def _rule() -> LiveRule | None:
    pk = Rule.objects.filter(shipped_key=RULE, is_on=True).values_list("pk", flat=True).first()
    return live_rules().by_id.get(pk) if pk is not None else None


def _of_rule(rule: LiveRule) -> Q:
    """What else the rule asks for; its question about the stored day is answered here with other terms."""
    known = record_type("customer")
    try:
        return to_q(_without_day(rule.definition.condition), rule_catalogue(known), rule_reader().condition_context())
    except ConditionProblem:
        return Q(pk__in=())


def _without_day(condition: Condition) -> Condition:
    if isinstance(condition, Group) and condition.mode == "all":
        return Group("all", tuple(part for part in condition.parts if "recall_on" not in fields_used(part)))
    return condition
