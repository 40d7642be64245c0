"""Planting values that stand nowhere else, and looking for them in what leaves."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from kezhi.access.actors import system_actor
from kezhi.access.testing import Member
from kezhi.records.fields import (
    ChoiceField,
    EmailField,
    Field,
    IntegerField,
    LongTextField,
    MoneyField,
    NumberField,
    PhoneField,
    RecordField,
    SecretTextField,
    TextField,
    UrlField,
    UserField,
)
from kezhi.records.models import CustomField, Record
from kezhi.records.operations import create_record
from kezhi.records.operations.problems import InvalidRecord
from kezhi.records.presenting import CLEAR, Presenter
from kezhi.records.registry import EPOCH, RecordType, record_type

_serial = itertools.count(4217)


@dataclass(frozen=True)
class Planted:
    """A record and, by field, the forms its values must not be found in by those who may not read them."""

    record_type: RecordType
    record: Any
    forms: Mapping[str, frozenset[str]]
    parents: tuple[Planted, ...] = field(default=())

    @property
    def title_forms(self) -> frozenset[str]:
        """The record's name."""
        return self.forms.get(self.record_type.title_field, frozenset())

    @property
    def all_forms(self) -> dict[str, frozenset[str]]:
        """Everything planted, the record's number included (its parents' values are theirs to keep)."""
        return {**self.forms, "number": frozenset({self.record.number})}


Examples = Mapping[str, Mapping[str, Any]]


def plant(known: RecordType, owner: Member, *, examples: Examples | None = None) -> Planted:
    """A record of this type that belongs to ``owner``, with what it hangs on, full of values that stand nowhere else.

    ``examples`` holds, per record type, raw values a domain insists on ("call whom, when, about what").
    """
    return _plant(known, owner, examples or {}, {})


def _plant(known: RecordType, owner: Member, examples: Examples, made: dict[str, Planted]) -> Planted:
    """``made`` has what was planted already: a follow-up's contact belongs to the follow-up's customer."""
    given = examples.get(known.key, {})
    parents: list[Planted] = []
    values: dict[str, Any] = {}
    for key, each in known.all_fields().items():
        if each.read_only:
            continue
        if key in given:
            values[key] = given[key]
        elif isinstance(each, RecordField) and (each.required or key in known.parents):
            if each.to not in made:
                made[each.to] = _plant(record_type(each.to), owner, examples, made)
            parents.append(made[each.to])
            values[key] = str(made[each.to].record.pk)
        elif isinstance(each, UserField):
            values[key] = str(owner.id)
        elif (raw := _canary(each)) is not None:
            values[key] = raw
        elif isinstance(each, ChoiceField) and (options := each.options()):
            values[key] = options[0].value
    record = _create(known, values, set(given))
    fields = known.all_fields()
    forms = {
        key: _forms(fields[key], fields[key].get(record))
        for key in values
        if _canary(fields[key]) is not None and not fields[key].is_empty(fields[key].get(record))
    }
    return Planted(known, record, {key: found for key, found in forms.items() if found}, tuple(parents))


def add_custom_field(known: RecordType, *, is_personal: bool = False, is_personal_outside: bool = False) -> CustomField:
    """A text field as an administrator adds it, so that custom values are under the contract too."""
    from kezhi.core import epochs

    number = next(_serial)
    row = CustomField.objects.create(
        record_type=known.key,
        key=f"cf_{number}",
        kind=CustomField.Kind.TEXT,
        name_zh=f"cf{number}",
        name_en=f"cf{number}",
        shown_in_list=True,
        is_personal=is_personal,
        is_personal_outside=is_personal_outside,
    )
    epochs.bump(EPOCH)
    return row


def masked_for(member: Member, planted: Planted) -> set[str]:
    """The planted fields this member may not read in the clear, though they may see the record."""
    presenter = Presenter(planted.record_type, member.actor)
    return {key for key in planted.forms if presenter.state(planted.record, key) != CLEAR}


def leaks(text: str, planted: Planted, keys: Collection[str] | None = None) -> dict[str, str]:
    """Which planted values stand in a text, by field; only those of ``keys`` where given."""
    return {
        key: form
        for key, forms in planted.all_forms.items()
        if keys is None or key in keys
        for form in sorted(forms)
        if form in text
    }


def _create(known: RecordType, values: dict[str, Any], kept: set[str]) -> Record:
    """Store it; what a field's own rules refuse is left out, so that a contract does not need to know them."""
    actor = system_actor("contract")
    try:
        record: Record = create_record(known, values, actor=actor)
        return record
    except InvalidRecord as refused:
        wrong = set(refused.problems) & set(values) - kept
        required = {key for key in wrong if (each := known.field(key)) and each.required}
        if not wrong or required:
            told = {key: str(problem) for key, problem in refused.problems.items()}
            raise AssertionError(f"{known.key}: give the contract an example of {told}") from refused
        for key in wrong:
            del values[key]
        return _create(known, values, kept)


def _canary(each: Field) -> str | None:
    """A raw value for a field that occurs nowhere else; None where the field's values are not free."""
    number = next(_serial)
    if isinstance(each, PhoneField):
        return f"1380{number:07d}"
    if isinstance(each, EmailField):
        return f"canary{number}x@beak.example.com"
    if isinstance(each, UrlField):
        return f"https://canary{number}x.example.com/"
    if isinstance(each, (TextField, LongTextField, SecretTextField)):
        return f"canary{number}x"
    if isinstance(each, IntegerField) and each.maximum is not None and each.maximum < 10_000_000:
        return None
    if isinstance(each, (MoneyField, IntegerField)):
        return f"{7_000_000 + number}"
    if isinstance(each, NumberField):
        return None
    return None


def _forms(each: Field, value: Any) -> frozenset[str]:
    found = {each.text(value), str(value)}
    if isinstance(each, PhoneField):
        found |= {str(value).removeprefix("+86"), str(value).lstrip("+")}
    if isinstance(each, (MoneyField, IntegerField)):
        found |= {f"{int(value)}", f"{int(value):,}"}
    return frozenset(form for form in found if len(form) >= 6)
