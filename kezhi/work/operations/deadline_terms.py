"""Changing the terms of a kind of promise, for the company or a department."""

from collections.abc import Mapping

from django.db import transaction
from django.utils.functional import Promise

from kezhi.access.actors import Actor
from kezhi.access.policies import require_area
from kezhi.core.figures import clean_figure, figure, figure_value, forget_figure, set_figure
from kezhi.core.values.problem import ValueProblem
from kezhi.records.operations import InvalidRecord
from kezhi.work.deadlines_kinds import DeadlineKind

NAMES = ("on", "minutes", "business_time", "warn_percents", "escalation_minutes")


@transaction.atomic
def set_terms(
    kind: DeadlineKind, values: Mapping[str, object], *, actor: Actor, department_id: int | None = None
) -> None:
    """Set the terms named in ``values`` (see :data:`NAMES`); what is as it was stays untouched. All or none.

    Open clocks keep their length; when they warn and escalate follows the new terms within a minute.

    Raises:
        NotAllowed: the actor may not change figures.
        InvalidRecord: with a sentence per name.
    """
    require_area(actor, "settings", "figures")
    problems: dict[str, str | Promise] = {}
    for name in figure_names(kind):
        if name not in values:
            continue
        key = kind.figure(name)
        try:
            cleaned = clean_figure(figure(key), values[name])
            if cleaned != figure_value(key, department_id):
                set_figure(key, cleaned, actor_ref=actor.ref, department_id=department_id)
        except ValueProblem as problem:
            problems[name] = problem.message
    if problems:
        raise InvalidRecord(problems)


@transaction.atomic
def reset_terms(kind: DeadlineKind, *, actor: Actor, department_id: int | None = None) -> None:
    """Back to what was shipped, or for a department to what holds for the company.

    Raises:
        NotAllowed: the actor may not change figures.
    """
    require_area(actor, "settings", "figures")
    for name in figure_names(kind):
        forget_figure(kind.figure(name), actor_ref=actor.ref, department_id=department_id)


def figure_names(kind: DeadlineKind) -> list[str]:
    """The terms this kind has."""
    return [name for name in NAMES if kind.minutes is not None or name not in ("minutes", "business_time")]
