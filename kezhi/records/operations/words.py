"""What people say beside the values of a record: reasons, notes, results (CUS-8)."""

from django.utils.functional import Promise

from kezhi.access.actors import Actor
from kezhi.core.values.problem import ValueProblem
from kezhi.records.fields.base import ParseContext
from kezhi.records.fields.plain import refuse_sensitive
from kezhi.records.operations.problems import InvalidRecord


def refuse_sensitive_words(*, actor: Actor, **words: str) -> None:
    """Refuse resident-ID and bank-card numbers in what somebody says, by the name of the field they said it in.

    No consent covers such words: they stand in the log of everything that happened, which nobody can take back.

    Raises:
        InvalidRecord: a sentence for each field that holds one.
    """
    problems: dict[str, str | Promise] = {}
    for field, text in words.items():
        try:
            refuse_sensitive(text, ParseContext(actor))
        except ValueProblem as problem:
            problems[field] = problem.message
    if problems:
        raise InvalidRecord(problems)
