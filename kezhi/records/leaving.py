"""What is personal once it leaves the house (AUTO-9): personal fields, and names that screens show as they are.

A field is *kept in* for a record when nothing automatic may carry its value out without approval. A link to a record
says that record's title, so it is kept in where the title is.
"""

from collections.abc import Collection, Iterable
from typing import Any

from kezhi.records.fields import Field, RecordField
from kezhi.records.registry import RecordType, find_record_type

_SHORTEST_NAME = 2


def is_ever_kept_in(field: Field) -> bool:
    """Whether some record's value of this field needs approval to leave."""
    return field.personal or field.personal_outside


def is_kept_in(field: Field, record: Any) -> bool:
    """Whether this record's value of the field needs approval to leave."""
    if field.personal:
        return True
    kinds = field.personal_outside_kinds
    return field.personal_outside and (not kinds or getattr(record, "kind", None) in kinds)


def outside_mask(field: Field, value: Any) -> str:
    """A value that is kept in as it may leave: personal ones as on screens, a name as its first character."""
    if field.personal:
        return field.mask(value)
    return mask_name(str(value)) if isinstance(value, str) else field.mask(value)


def mask_name(name: str) -> str:
    """A name without saying whose: ``张**``."""
    text = name.strip()
    return f"{text[:1]}**" if text else ""


def spoken_of(record_type: RecordType, field: Field, record: Any) -> tuple[RecordType, Field, Any]:
    """Whose value the words of a field are: its own, or for a link the title of the record it leads to."""
    if isinstance(field, RecordField):
        other = find_record_type(field.to)
        linked = getattr(record, field.attribute.removesuffix("_id"), None) if field.custom_id is None else None
        title = other.field(other.title_field) if other is not None else None
        if other is not None and title is not None and linked is not None:
            return other, title, linked
    return record_type, field, record


def names_in(record_type: RecordType, record: Any, approved: Collection[str] = ()) -> list[str]:
    """The names a record knows that texts about it may hold and that are kept in; the longest first.

    ``approved`` are fields ("contact.name") that may leave.
    """
    found = set()
    for field in record_type.all_fields().values():
        speaks_for, known, subject = spoken_of(record_type, field, record)
        if f"{speaks_for.key}.{known.key}" in approved:
            continue
        if known.kind == "text" and is_kept_in(known, subject):
            value = known.get(subject)
            if isinstance(value, str) and len(value.strip()) >= _SHORTEST_NAME:
                found.add(value.strip())
    return sorted(found, key=lambda name: (-len(name), name))


def mask_names(text: str, names: Iterable[str]) -> str:
    """A text with these names masked wherever they stand in it."""
    for name in names:
        text = text.replace(name, mask_name(name))
    return text
