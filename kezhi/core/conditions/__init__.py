"""The one condition language (architecture §1.2).

A condition is a small typed tree (:mod:`tree`), built from JSON and checked against a catalogue of fields
(:mod:`catalogue`), compiled to a queryset filter and to a test on plain values (:mod:`operators` holds both side by
side, so that they cannot drift apart), and shown as a sentence in the reader's language (:mod:`sentence`).
"""

from kezhi.core.conditions.catalogue import Catalogue, ConditionContext, ConditionField
from kezhi.core.conditions.operators import OPERATORS, Operator
from kezhi.core.conditions.sentence import Phrase, plain_text, sentence
from kezhi.core.conditions.tree import (
    EVERYTHING,
    Condition,
    ConditionProblem,
    Group,
    Not,
    Test,
    fields_used,
    parse,
    to_json,
)
from kezhi.core.conditions.using import matches, to_q

__all__ = [
    "EVERYTHING",
    "OPERATORS",
    "Catalogue",
    "Condition",
    "ConditionContext",
    "ConditionField",
    "ConditionProblem",
    "Group",
    "Not",
    "Operator",
    "Phrase",
    "Test",
    "fields_used",
    "matches",
    "parse",
    "plain_text",
    "sentence",
    "to_json",
    "to_q",
]
