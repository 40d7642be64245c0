"""How the words of each type's records were made; records of a type that makes them otherwise now are indexed anew.

What a new version of Kezhi finds records by (a further field, another way of cutting words) would otherwise find only
records saved since.
"""

import hashlib

from django.db import transaction

from kezhi.records.fields import EmailField, LongTextField, PhoneField
from kezhi.records.models import SearchScheme
from kezhi.records.registry import RecordType, record_types
from kezhi.records.search.words import is_searchable

# Raised whenever the same fields give other words.
_WAY = 1


def scheme_of(record_type: RecordType) -> str:
    """A short text that is another one as soon as this type's built-in fields give other words.

    Fields made on screen are not part of it: whoever changes one has its records indexed.
    """
    ways = [
        f"{field.key} {field.kind} {isinstance(field, LongTextField)}"
        for field in record_type.fields
        if field.searchable or (isinstance(field, PhoneField | EmailField) and field.indexed)
    ]
    plain = "\n".join([str(_WAY), record_type.owner_path, *sorted(ways)])
    return hashlib.sha256(plain.encode()).hexdigest()[:32]


def outdated_types() -> list[RecordType]:
    """The types whose stored words were made in another way than now."""
    known = dict(SearchScheme.objects.values_list("record_type", "scheme"))
    return [each for each in record_types() if is_searchable(each) and known.get(each.key) != scheme_of(each)]


@transaction.atomic
def note_scheme(record_type: RecordType) -> None:
    """All records of the type have their words made the present way."""
    SearchScheme.objects.update_or_create(record_type=record_type.key, defaults={"scheme": scheme_of(record_type)})
