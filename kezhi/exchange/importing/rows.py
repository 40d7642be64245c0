"""Import rows between the table and the reader: what they say, what became of the check."""

import json
from collections.abc import Mapping

from kezhi.access.actors import Actor
from kezhi.exchange.importing.checking import DraftedRow, RowReader, Texts
from kezhi.exchange.importing.guessing import limit_corrected
from kezhi.exchange.importing.matching import MAYBE, FileIndex, Match, Traits, best_of
from kezhi.exchange.models import ImportRow, RowState

_NEAR_ROWS = 20


def describe(row: ImportRow, reader: RowReader) -> Texts:
    """What a row says by target key, corrections included."""
    content = json.loads(row.content) if row.content else []
    if isinstance(content, dict):
        return {str(key): str(text) for key, text in content.items()}
    return reader.texts([str(cell) for cell in content])


def problems_of(row: ImportRow) -> dict[str, str]:
    """The sentences of a bad row by target key."""
    found: dict[str, str] = json.loads(row.problems) if row.problems else {}
    return found


def put_result(row: ImportRow, drafted: DraftedRow, decision: str) -> None:
    """Write the outcome of a check on the row (not yet saved)."""
    row.problems, row.problem_fields, row.checked = "", "", ""
    row.partner_id = row.partner_row = None
    row.certainty = row.reasons = ""
    if drafted.problems:
        row.state = RowState.BAD
        put_problems(row, drafted.problems)
        row.name_key = row.phone_key = row.email_key = ""
        return
    traits = drafted.traits
    row.name_key = traits.name_digest
    row.phone_key = min(traits.phones, default="")
    row.email_key = min(traits.emails, default="")
    match = drafted.match
    row.state = RowState.READY
    if match is not None:
        row.partner_id, row.partner_row = match.record_id, match.row
        row.certainty, row.reasons = match.certainty, " ".join(match.reasons)
        if match.certainty != MAYBE:
            row.state = RowState.DUPLICATE
            row.decision = row.decision or decision


def put_problems(row: ImportRow, problems: Mapping[str, str]) -> None:
    """Note what is wrong with a row."""
    row.problems = json.dumps(dict(problems), ensure_ascii=False)
    row.problem_fields = " ".join(sorted(problems))[:200]


def recheck(row: ImportRow, reader: RowReader, actor: Actor) -> None:
    """Check one row again, against the register and the other rows of the file."""
    [drafted] = reader.draft([describe(row, reader)], actor)
    if not drafted.problems:
        limit_corrected(reader.record_type.key, drafted, actor=actor)
    if not drafted.problems:
        reader.match([drafted], [row.number], FileIndex())
        near = _near(row, drafted.traits)
        matches = [found for found in (drafted.match, near) if found is not None]
        drafted.match = min(matches, key=lambda found: (found.certainty == MAYBE, found.row is not None), default=None)
    put_result(row, drafted, reader.options.duplicates)


def _near(row: ImportRow, traits: Traits) -> Match | None:
    """The earlier row that shares a phone, an e-mail or a name with this one."""
    others: dict[int, Traits] = {}
    wanted = {"phone_key": min(traits.phones, default=""), "email_key": min(traits.emails, default="")}
    wanted["name_key"] = traits.name_digest
    for column, value in wanted.items():
        if not value:
            continue
        rows = ImportRow.objects.filter(run_id=row.run_id, number__lt=row.number, **{column: value})
        for number, name, phone, email in rows.order_by("number").values_list(
            "number", "name_key", "phone_key", "email_key"
        )[:_NEAR_ROWS]:
            others[number] = Traits(
                # Digests stand for the names: equal ones compare as the same key, never as the same spelling.
                "",
                traits.name_key if name and name == traits.name_digest else f"\x00{name}",
                frozenset({phone} - {""}),
                frozenset({email} - {""}),
            )
    return best_of(traits, ((None, number, other) for number, other in sorted(others.items())))
