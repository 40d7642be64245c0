"""Model fields and look-ups that are not in Django: a text stored encrypted (OPS-1), and "holds anything"."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core import checks
from django.core.exceptions import FieldError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, Field, Lookup, Model, TextField
from django.db.models.lookups import Exact, IsNull

from kezhi.core.crypto import decrypt, encrypt

if TYPE_CHECKING:
    _TextField = TextField[str, str]
    _Exact = Exact[str]
    _Lookup = Lookup[bool]
else:
    _TextField = TextField
    _Exact = Exact
    _Lookup = Lookup


class EncryptedField(_TextField):
    """A text column holding a token of ``kezhi.core.crypto``; in Python the value is the plain text.

    ``purpose`` is bound into every token and must never change. An empty text stays empty, so that "has no phone" can
    be asked in SQL (``phone=""``, ``phone__isnull=True``); any other lookup is refused: search a blind index beside it.
    """

    def __init__(self, *args: Any, purpose: str, **kwargs: Any) -> None:
        self.purpose = purpose
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        kwargs["purpose"] = self.purpose
        return name, path, args, kwargs

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        problems = list(super().check(**kwargs))
        if self.unique or self.db_index:  # type: ignore[attr-defined]
            problems.append(
                checks.Error(
                    "An encrypted column cannot be unique or indexed: equal texts have different tokens.",
                    hint="Put a blind index in a column beside it.",
                    obj=self,
                    id="kezhi.E001",
                )
            )
        return problems

    def from_db_value(self, value: str | None, expression: object, connection: BaseDatabaseWrapper) -> str | None:
        return decrypt(value, purpose=self.purpose) if value else value

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        prepared = super().get_db_prep_save(value, connection)
        return encrypt(prepared, purpose=self.purpose) if isinstance(prepared, str) and prepared else prepared

    def get_lookup(self, lookup_name: str) -> type[Lookup[Any]]:
        if lookup_name == "exact":
            return _EmptyOnly
        if lookup_name == "isnull":
            return IsNull
        raise FieldError(_refusal(self, lookup_name))


@CharField.register_lookup
class Filled(_Lookup):
    """``phone_index__filled=True``: the text is not empty, written into the statement itself.

    SQLite uses an index over filled texts only (``condition=~Q(phone_index="")``) for a statement that says so in its
    own words; a parameter tells it nothing, and every row is read.
    """

    lookup_name = "filled"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, tuple[str | int, ...]]:
        column, params = self.process_lhs(compiler, connection)
        return (f"NOT ({column} = '')" if self.rhs else f"({column} = '')"), tuple(params)


def encrypted_fields() -> Iterator[tuple[type[Model], EncryptedField]]:
    """Every encrypted column of every installed model, each once, in a stable order."""
    for model in sorted(apps.get_models(include_auto_created=True), key=lambda model: model._meta.label_lower):
        for field in model._meta.local_fields:
            if isinstance(field, EncryptedField) and model._meta.managed:
                yield model, field


class _EmptyOnly(_Exact):
    """``field=""`` and nothing else."""

    def get_prep_lookup(self) -> Any:
        if self.rhs != "":
            raise FieldError(_refusal(self.lhs.output_field, "exact"))
        return self.rhs


def _refusal(field: Field[Any, Any], lookup_name: str) -> str:
    return (
        f"{field} is encrypted: only isnull and the empty text can be asked, not {lookup_name}. "
        "Search the blind index beside it."
    )
