"""What may leave in the clear (AUTO-9): nothing personal, unless a department manager approved it for that destination.

Fields that are personal are masked as on screen, names of persons as their first character. Free text is searched for
numbers and addresses that look personal and these are masked inside it, whatever the field is called.
"""

import re

from kezhi.core import epochs
from kezhi.core.values.email import mask_email
from kezhi.core.values.phone import mask_phone, parse_phone
from kezhi.core.values.problem import ValueProblem
from kezhi.core.values.sensitive import find_sensitive
from kezhi.exchange.models import GrantState, OutflowGrant, Source

EPOCH = "outflow"

_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
_PHONE = re.compile(
    r"(?<![\d.])(?:(?:\+|00)?86[- ]?)?(?:1[3-9]\d[- ]?\d{4}[- ]?\d{4}|0\d{2,3}[- ]?\d{7,8})(?!\d)"
    r"|\+\d{1,3}[- ]?\d{7,12}(?!\d)"
)


def approved_fields(source: Source, source_id: int, destination: str) -> frozenset[str]:
    """The personal fields ("customer.phone") that this rule or subscription may carry to this host or mail domain."""
    grants = epochs.cached(EPOCH, "approved", _load)
    return grants.get((source.value, source_id, destination.lower()), frozenset())


def mask_text(text: str) -> str:
    """A text with the telephone numbers, mail addresses, resident IDs and bank cards in it masked."""
    for found in reversed(find_sensitive(text)):
        number = text[found.start : found.end]
        text = f"{text[: found.start]}{number[:2]}****{number[-2:]}{text[found.end :]}"
    text = _EMAIL.sub(lambda found: mask_email(found[0]), text)
    return _PHONE.sub(lambda found: _masked_phone(found[0]), text)


def mask_deep(value: object, *, depth: int = 8) -> object:
    """A JSON value with every text in it masked by :func:`mask_text`; what lies deeper than ``depth`` is dropped."""
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, dict):
        return {str(key): mask_deep(each, depth=depth - 1) for key, each in value.items()} if depth else None
    if isinstance(value, list):
        return [mask_deep(each, depth=depth - 1) for each in value] if depth else None
    return value


def _masked_phone(text: str) -> str:
    try:
        return mask_phone(parse_phone(text))
    except ValueProblem:
        return f"{text[:3]}****{text[-2:]}"


def _load() -> dict[tuple[str, int, str], frozenset[str]]:
    rows = OutflowGrant.objects.filter(state=GrantState.APPROVED).values_list(
        "source", "source_id", "destination", "fields"
    )
    found: dict[tuple[str, int, str], frozenset[str]] = {}
    for source, source_id, destination, fields in rows:
        key = (source, source_id, destination.lower())
        found[key] = found.get(key, frozenset()) | frozenset(fields)
    return found
