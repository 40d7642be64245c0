"""What a domain adds to the import of its record type."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

Text = str | Promise


def _always(_values: Mapping[str, Any]) -> bool:
    return True


def _no_change(_values: dict[str, str]) -> "list[dict[str, str]]":
    return []


def _nothing(_titles: Sequence[str]) -> Mapping[str, str]:
    return {}


@dataclass(frozen=True, kw_only=True)
class RelatedImport:
    """Records of another type made from columns of the same row (the contact of a customer).

    ``through`` is that type's field pointing back, ``fields`` what columns may fill, ``copies`` takes values over from
    the main record (its field → theirs) where the row has none of its own, ``placeholders`` fills what is missing in
    the reader's language, ``given`` is set in any case. ``applies`` looks at the main record's parsed values.
    """

    record_type: str
    through: str
    fields: tuple[str, ...]
    copies: Mapping[str, str] = field(default_factory=dict)
    placeholders: Mapping[str, Text] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)
    applies: Callable[[Mapping[str, Any]], bool] = _always


@dataclass(frozen=True, kw_only=True)
class ImportProfile:
    """``prepare`` may put a row's texts in order before they are read (split an address), by target key; it gives what
    further related records the row holds (a second contact), by target key as well.

    ``joined_names`` are targets that a list may bring in two columns, family name and given name. ``alone`` says which
    columns are the record's own in a list without a column for its title (a list of persons has contacts, but no
    companies). ``whole`` are choices that may be set for all rows whose list does not say them, ``guess_whole`` sets
    them from the titles of a list. ``names_identify`` tells whether two records of this type with the same name are
    probably one (companies are, people are not); it looks at the parsed values. ``closed`` are choices whose lists no
    file enlarges by itself (what a level means is settled in the house).
    """

    record_type: str
    related: tuple[RelatedImport, ...] = ()
    prepare: Callable[[dict[str, str]], list[dict[str, str]]] = _no_change
    joined_names: tuple[str, ...] = ()
    alone: Mapping[str, str] = field(default_factory=dict)
    whole: tuple[str, ...] = ()
    guess_whole: Callable[[Sequence[str]], Mapping[str, str]] = _nothing
    names_identify: Callable[[Mapping[str, Any]], bool] = _always
    closed: tuple[str, ...] = ()


_profiles: dict[str, ImportProfile] = {}


def register_import_profile(profile: ImportProfile) -> None:
    """Say how rows of a record type are imported; a type without a profile is imported by its fields alone."""
    if _profiles.get(profile.record_type, profile) != profile:
        raise ValueError(f"two import profiles for {profile.record_type}")
    _profiles[profile.record_type] = profile


def import_profile(record_type: str) -> ImportProfile:
    """The profile of a type; an empty one where the domain gave none."""
    return _profiles.get(record_type) or ImportProfile(record_type=record_type)
