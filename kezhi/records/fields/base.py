"""What every field of every record type can do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.models import FieldLevel
from kezhi.core.events import Json
from kezhi.core.values.problem import ValueProblem
from kezhi.records.lists import Option
from kezhi.records.models.custom import CustomValue

Text = str | Promise

MISSING = mark_safe('<span class="faint">—</span>')


@dataclass(frozen=True, slots=True)
class ParseContext:
    """For whom a typed value is read. ``consents`` gives the kinds of sensitive data the customer's consent covers."""

    actor: Actor
    consents: Callable[[], frozenset[str]] = frozenset
    country: str = "CN"


@dataclass(frozen=True, kw_only=True)
class Field:
    """A field of a record type.

    ``column`` is the attribute on the model (``key`` unless given); a custom field has ``custom_id`` and lives in the
    record's ``custom`` values. ``weight`` counts for completeness (CUS-10), 0 for not at all. ``follow_up`` means that
    no follow-up can be saved while it is empty (FUP-3). ``level`` is who sees it where no rule says otherwise (ORG-4).
    ``synonyms`` are headings an imported list may use. ``worked_out_from`` are fields whose values this one gives away
    (a total, a weighted amount): whoever may not read those does not read it either. ``personal_outside`` is shown on
    screens like any other field but counts as personal for what leaves the house by itself (AUTO-9): names of persons;
    with ``personal_outside_kinds`` only for records of these kinds.
    """

    key: str
    label: Text
    help: Text = ""
    group: str = "basic"
    column: str = ""
    required: bool = False
    follow_up: bool = False
    weight: int = 0
    personal: bool = False
    personal_outside: bool = False
    personal_outside_kinds: tuple[str, ...] = ()
    level: str = FieldLevel.WRITE
    read_only: bool = False
    unique: bool = False
    listed: bool = True
    importable: bool = True
    sortable: bool = False
    filterable: bool = True
    searchable: bool = False
    synonyms: tuple[str, ...] = ()
    max_length: int = 200
    default: Any = None
    custom_id: int | None = None
    worked_out_from: tuple[str, ...] = ()
    for_kinds: tuple[str, ...] = ()
    width: str = ""

    kind: ClassVar[str] = "text"
    condition_kind: ClassVar[str] = "text"
    control: ClassVar[str] = "text"
    numeric: ClassVar[bool] = False
    custom_column: ClassVar[str] = "text"

    # -- storage

    @property
    def attribute(self) -> str:
        """The model attribute that holds the value."""
        return self.column or self.key

    def get(self, record: Any) -> Any:
        """The stored value as plain Python."""
        if self.custom_id is not None:
            return self.from_json(record.custom.get(self.key))
        return getattr(record, self.attribute)

    def set(self, record: Any, value: Any) -> None:
        """Put a parsed value on the record (not yet saved)."""
        if self.custom_id is not None:
            custom = dict(record.custom)
            if self.is_empty(value):
                custom.pop(self.key, None)
            else:
                custom[self.key] = self.to_json(value)
            record.custom = custom
        else:
            setattr(record, self.attribute, self.blank() if self.is_empty(value) else value)

    def columns(self) -> tuple[str, ...]:
        """The model columns to save when the value changed."""
        return ("custom",) if self.custom_id is not None else (self.attribute,)

    def blank(self) -> Any:
        """What is stored for "nothing"."""
        return ""

    @staticmethod
    def is_empty(value: Any) -> bool:
        """Whether this is no value at all."""
        return value is None or value == "" or value == [] or value == ()

    @staticmethod
    def is_same(before: Any, after: Any) -> bool:
        """Whether two values say the same, so that nothing was changed."""
        return bool(before == after)

    # -- coming in

    def parse(self, raw: Any, context: ParseContext) -> Any:
        """The stored form of what was typed, imported or sent; None for nothing.

        Raises:
            ValueProblem: it cannot be accepted, with a sentence for the person who typed it.
        """
        if raw is None or (isinstance(raw, str) and not raw.strip()):
            return None
        return self.clean(raw, context)

    def clean(self, raw: Any, context: ParseContext) -> Any:
        """:meth:`parse` for something that is not empty."""
        raise NotImplementedError

    # -- going out

    def read_by(self, reader: Actor) -> "Field":
        """The field as it speaks to one reader; most say the same to everybody."""
        return self

    def text(self, value: Any) -> str:
        """The value in words, in the reader's language; "" for nothing."""
        return "" if value is None else str(value)

    def html(self, value: Any) -> SafeString:
        """The value as a list or a fact shows it."""
        shown = self.text(value)
        return mark_safe(escape(shown)) if shown else MISSING  # noqa: S308 - escaped on this line

    def plain(self, value: Any) -> Json | Any:
        """The value as a spreadsheet cell: text, number, date."""
        return self.text(value)

    def mask(self, value: Any) -> str:
        """What those see who may not read it: shape without content (ORG-4)."""
        return "***" if not self.is_empty(value) else ""

    def to_json(self, value: Any) -> Json:
        """The value as the API and the event log carry it."""
        return None if value is None else str(value)

    def from_json(self, value: Json) -> Any:
        """The inverse of :meth:`to_json`."""
        return value

    def schema(self) -> dict[str, Json]:
        """JSON Schema of :meth:`to_json`."""
        return {"type": ["string", "null"]}

    def form_value(self, value: Any) -> Any:
        """What the form control is filled with."""
        return self.text(value)

    def options(self, actor: Actor | None = None) -> Sequence[Option]:
        """The choices, where there is a list of them; those of people and records respect the actor's scope."""
        return ()

    # -- conditions

    def q(self, build: Callable[[str], Q], role: str = "value", prefix: str = "") -> Q:
        """The filter on this field; ``prefix`` leads to it from another record ("customer__")."""
        if self.custom_id is not None:
            from_values = CustomValue.objects.filter(field_id=self.custom_id)
            if role == "empty":
                return ~Q(**{f"{prefix}pk__in": from_values.values("record_id")})
            return Q(**{f"{prefix}pk__in": from_values.filter(build(self.custom_column)).values("record_id")})
        return build(prefix + self.attribute)

    def read_operand(self, raw: object) -> object:
        """One operand of a condition in stored form; raises ValueProblem."""
        text = str(raw)
        if len(text) > 500:
            raise ValueProblem("condition.long", _("要比较的内容太长"))
        return text

    def operand_text(self, operand: object) -> str:
        """One operand in words."""
        return self.text(operand)

    def secret_index(self, operand: str, role: str) -> str:
        """Only encrypted fields have one."""
        raise NotImplementedError

    # -- custom values

    def mirror(self, value: Any) -> list[dict[str, Any]]:
        """Rows that make a custom value searchable: keyword arguments of ``CustomValue``."""
        return [{"text": self.text(value)[:200]}]
