"""Where a long text says what was looked for: the few words around it."""

from kezhi.records.fields import LongTextField
from kezhi.records.presenting import CLEAR, Presented

_BEFORE, _AFTER = 12, 40


def excerpt_of(record: Presented, typed: str) -> str:
    """A part of the first searchable long text that the reader may see and that holds a word typed; "" without one."""
    words = [word.casefold() for word in typed.split() if word]
    for key, field in record.record_type.all_fields().items():
        if not field.searchable or not isinstance(field, LongTextField):
            continue
        if record.state(key) != CLEAR:
            continue
        text = " ".join(record.text(key).split())
        places = [place for word in words if (place := text.casefold().find(word)) >= 0]
        if not places:
            continue
        start = max(0, min(places) - _BEFORE)
        end = min(len(text), min(places) + _AFTER)
        return f"{'…' if start else ''}{text[start:end]}{'…' if end < len(text) else ''}"
    return ""
