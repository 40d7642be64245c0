"""Testing many records against the conditions of a table of cases, one query a case."""

from collections.abc import Mapping, Sequence
from typing import Any

from kezhi.access.actors import system_actor
from kezhi.core.conditions import ConditionProblem, parse, to_q
from kezhi.records.registry import RecordType, TypeCatalogue


def case_tests(cases: Sequence[Mapping[str, Any]], ids: Sequence[int], record_type: RecordType) -> list[set[int]]:
    """Per case the ids that meet it; a case whose fields are gone meets nobody."""
    actor = system_actor("rules", door="rule")
    catalogue = TypeCatalogue(record_type, actor)
    result: list[set[int]] = []
    for case in cases:
        rows = record_type.model.objects.ungated("rules").filter(pk__in=ids)
        try:
            rows = rows.filter(to_q(parse(case.get("if"), catalogue), catalogue, actor.condition_context()))
        except ConditionProblem:
            result.append(set())
            continue
        result.append(set(rows.values_list("pk", flat=True)))
    return result
