"""Using a condition: as a queryset filter and as a test on plain values."""

from collections.abc import Mapping

from django.db.models import Q

from kezhi.core.conditions.catalogue import Catalogue, ConditionContext
from kezhi.core.conditions.operators import OPERATORS, FieldOperand
from kezhi.core.conditions.tree import Condition, ConditionProblem, Group, Not, Test


def to_q(condition: Condition, catalogue: Catalogue, context: ConditionContext) -> Q:
    """The filter that finds the records for which the condition holds.

    Raises:
        ConditionProblem: a field of the condition no longer exists or may not be used by this reader.
    """
    match condition:
        case Group(mode, parts):
            if not parts:
                return Q() if mode == "all" else Q(pk__in=())
            result = Q()
            for part in parts:
                q = to_q(part, catalogue, context)
                if not q and mode == "any":
                    return Q()  # an empty filter finds everything, but joined by "or" Django drops it
                result = result & q if mode == "all" else result | q
            return result
        case Not(part):
            inner = to_q(part, catalogue, context)
            return ~inner if inner else Q(pk__in=())
        case Test(key, op, operand):
            field = catalogue.field(key)
            if field is None or op not in OPERATORS.get(field.kind, {}):
                raise ConditionProblem(f"unknown field {key}", key)
            operator = OPERATORS[field.kind][op]
            if isinstance(operand, FieldOperand):
                other = catalogue.field(operand.field)
                if other is None:
                    raise ConditionProblem(f"unknown field {operand.field}", operand.field)
                return operator.q_field(field, other)
            return operator.q(field, operand, context)


def matches(
    condition: Condition, values: Mapping[str, object], catalogue: Catalogue, context: ConditionContext
) -> bool:
    """Whether the condition holds for plain values by field key; agrees with :func:`to_q` on stored rows."""
    match condition:
        case Group(mode, parts):
            results = (matches(part, values, catalogue, context) for part in parts)
            return all(results) if mode == "all" else any(results)
        case Not(part):
            return not matches(part, values, catalogue, context)
        case Test(key, op, operand):
            field = catalogue.field(key)
            if field is None or op not in OPERATORS.get(field.kind, {}):
                raise ConditionProblem(f"unknown field {key}", key)
            operator = OPERATORS[field.kind][op]
            if isinstance(operand, FieldOperand):
                return operator.test(values.get(key), values.get(operand.field), context)
            return operator.test(values.get(key), operand, context)
