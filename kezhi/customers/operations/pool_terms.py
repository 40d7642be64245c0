"""Changing the terms of the pool, for the company or a department (CUS-15)."""

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils.functional import Promise

from kezhi.access.actors import Actor
from kezhi.access.policies import require_area
from kezhi.core.events import read_facts
from kezhi.core.figures import Figure, Scalar, clean_figure, figure_value, figures, set_figure
from kezhi.core.models import Event
from kezhi.core.sealing import register_event_reader
from kezhi.core.values.problem import ValueProblem
from kezhi.customers.recalling import start_refresh
from kezhi.records.operations import InvalidRecord

# As one reads them: who loses a customer and when, then who may take one.
_ORDER = (
    *("recall_vip", "recall_a", "recall_b", "recall_c", "recall_other"),
    *("deal_days", "spare_opportunity", "warning_days"),
    *("claim_daily", "claim_total", "protection_days", "reclaim_days", "depth"),
)


def pool_figures(*, of_department: bool = False) -> list[Figure]:
    """The figures of the pool, recall before claims; those a department may have of its own."""
    found = [each for each in figures() if each.area == "pool" and (each.per_department or not of_department)]
    return sorted(found, key=lambda each: _ORDER.index(name) if (name := each.key.partition(".")[2]) in _ORDER else 99)


def read_terms(values: Mapping[str, object], department_id: int | None) -> dict[str, Scalar]:
    """The figures named in ``values``, checked.

    Raises:
        InvalidRecord: with a sentence per figure.
    """
    problems: dict[str, str | Promise] = {}
    cleaned: dict[str, Scalar] = {}
    for each in pool_figures(of_department=department_id is not None):
        if each.key not in values:
            continue
        try:
            cleaned[each.key] = clean_figure(each, values[each.key])
        except ValueProblem as problem:
            problems[each.key] = problem.message
    if problems:
        raise InvalidRecord(problems)
    return cleaned


@transaction.atomic
def set_pool_terms(values: Mapping[str, object], *, actor: Actor, department_id: int | None = None) -> int:
    """Change what differs, all or none; gives how many. The days of recall follow in the background.

    Raises:
        NotAllowed: the actor may not change figures.
        InvalidRecord: with a sentence per figure.
    """
    require_area(actor, "settings", "figures")
    changed = 0
    for key, value in read_terms(values, department_id).items():
        if value != figure_value(key, department_id):
            set_figure(key, value, actor_ref=actor.ref, department_id=department_id)
            changed += 1
    return changed


def follow_figures(events: Sequence[Event]) -> None:
    """Whichever way a figure of the pool was changed, the stored days follow."""
    if any(
        event.kind == "core.figure_changed" and str(read_facts(event).get("key", "")).startswith("pool.")
        for event in events
    ):
        start_refresh()


register_event_reader("customers.pool", follow_figures)
