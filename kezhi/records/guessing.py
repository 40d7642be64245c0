"""Whether somebody asks for values that are masked for them, so that no hidden digit is found by trying (ORG-4).

A mask shows the end of a phone; by that end everybody who sees the mask finds the record. A whole phone or mail that is
masked for the reader costs a look-up (:mod:`kezhi.access.lookups`), and nothing in between is looked for at all.
"""

from collections.abc import Iterable

from kezhi.access.actors import Actor
from kezhi.access.lookups import LookupsUsedUp, spend_lookups
from kezhi.access.models import FieldLevel
from kezhi.access.policies import NOBODY
from kezhi.access.rights import organisation
from kezhi.core import epochs
from kezhi.core.values.email import parse_email
from kezhi.core.values.phone import parse_phone
from kezhi.core.values.problem import ValueProblem
from kezhi.records.fields import SecretTextField
from kezhi.records.registry import EPOCH, RecordType, record_type, record_types


def exact_values(*texts: object) -> set[str]:
    """What whole phones and mails among these texts are stored as; what is neither is left out."""
    found: set[str] = set()
    for text in texts:
        typed = str(text or "").strip()
        for read in (parse_phone, parse_email) if typed else ():
            try:
                found.add(read(typed).lower())
            except ValueProblem:
                continue
    return found


def is_masked_somewhere(known: RecordType, actor: Actor, *, everywhere: bool = False) -> bool:
    """Whether the actor sees phones or mails of this type as masks; nothing is read to know it.

    With ``everywhere`` records beyond the actor's sight are asked as well, as a check for duplicates does. What nobody
    owns counts as readable for those who see it: they may give it to themselves.
    """
    levels = {known.level(key, actor) for key in _secrets(known)}
    if everywhere:
        return bool(levels - {FieldLevel.READ, FieldLevel.WRITE})
    if FieldLevel.MASKED in levels:
        return True
    if FieldLevel.OWNER not in levels:
        return False
    reach = known.policy.reach(actor, "view")
    owners = frozenset(organisation().user_names) if reach is None else reach - {NOBODY}
    return not owners <= actor.rights.above_ids


def _secrets(known: RecordType) -> tuple[str, ...]:
    def load() -> tuple[str, ...]:
        fields = known.all_fields().items()
        return tuple(key for key, field in fields if isinstance(field, SecretTextField) and field.indexed)

    return epochs.cached(EPOCH, ("looked up by exact value", known.key), load)


def limit_typed(types: Iterable[str] | None, *texts: object, actor: Actor) -> LookupsUsedUp | None:
    """Count what somebody typed that is compared with everybody's phones and mails; the refusal where it is too much.

    ``types`` are the record types whose values it is compared with; None: all.

    Those who read all of them are not counted, and cost no query.
    """
    values = exact_values(*texts)
    compared = record_types() if types is None else [record_type(key) for key in types]
    if not values or not any(is_masked_somewhere(known, actor, everywhere=True) for known in compared):
        return None
    try:
        spend_lookups(values, actor=actor)
    except LookupsUsedUp as used_up:
        return used_up
    return None
