"""Fields of personal data: encrypted at rest, masked for most, still found by exact value and tail (OPS-1, ORG-4)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kezhi.access.models import FieldLevel
from kezhi.core.crypto import blind_index
from kezhi.core.values.email import mask_email, parse_email
from kezhi.core.values.phone import format_phone, mask_phone, parse_phone
from kezhi.core.values.problem import ValueProblem
from kezhi.records.fields.base import Field, ParseContext
from kezhi.records.fields.plain import clean_text, refuse_sensitive, refuse_structure

TAIL_LENGTH = 4


@dataclass(frozen=True, kw_only=True)
class SecretTextField(Field):
    """A text stored encrypted. ``indexed`` fields have the columns ``<key>_index`` and ``<key>_tail`` beside them.

    ``purpose`` names the blind index, so that the same phone is found wherever it stands ("phone").
    """

    purpose: str = ""
    indexed: bool = False
    personal: bool = True
    level: str = FieldLevel.OWNER

    kind: ClassVar[str] = "secret_text"
    condition_kind: ClassVar[str] = "secret"

    def set(self, record: Any, value: Any) -> None:
        super().set(record, value)
        if self.indexed and self.custom_id is None:
            setattr(record, f"{self.attribute}_index", self.exact_index(value) if value else "")
            setattr(record, f"{self.attribute}_tail", self.tail_index(value) if value else "")

    def columns(self) -> tuple[str, ...]:
        if self.indexed and self.custom_id is None:
            return (self.attribute, f"{self.attribute}_index", f"{self.attribute}_tail")
        return super().columns()

    def exact_index(self, value: str) -> str:
        """The blind index of a stored value."""
        return blind_index(value.lower(), purpose=self.purpose or self.key)

    def tail_index(self, value: str) -> str:
        """The blind index of a stored value's last four characters."""
        return blind_index(value.lower()[-TAIL_LENGTH:], purpose=f"{self.purpose or self.key}.tail")

    def clean(self, raw: Any, context: ParseContext) -> Any:
        refuse_structure(raw)
        text = clean_text(raw, multiline=False)
        if len(text) > self.max_length:
            raise ValueProblem("text.long", _("最多 %(most)s 个字"), {"most": self.max_length})
        refuse_sensitive(text, context)
        return text or None

    def mask(self, value: Any) -> str:
        text = str(value or "")
        return f"{text[:3]}****" if len(text) > 3 else "****" if text else ""

    def q(self, build: Callable[[str], Q], role: str = "value", prefix: str = "") -> Q:
        if role in ("exact", "tail") and self.custom_id is None:
            if not self.indexed:
                return Q(pk__in=())
            path = f"{prefix}{self.attribute}_{'index' if role == 'exact' else 'tail'}"
            return build(path) & Q(**{f"{path}__filled": True})  # the index holds filled ones only
        return super().q(build, role, prefix)

    def secret_index(self, operand: str, role: str) -> str:
        return self.tail_index(operand) if role == "tail" else self.exact_index(operand)


@dataclass(frozen=True, kw_only=True)
class PhoneField(SecretTextField):
    """A phone number in E.164 (CUS-7)."""

    purpose: str = "phone"
    indexed: bool = True

    kind: ClassVar[str] = "phone"
    control: ClassVar[str] = "phone"

    def clean(self, raw: Any, context: ParseContext) -> Any:
        return parse_phone(str(raw), country=context.country)

    def text(self, value: Any) -> str:
        return format_phone(value) if value else ""

    def mask(self, value: Any) -> str:
        return mask_phone(value) if value else ""

    def to_json(self, value: Any) -> Any:
        return value or None

    def form_value(self, value: Any) -> Any:
        return format_phone(value) if value else ""

    def read_operand(self, raw: object) -> object:
        digits = "".join(c for c in str(raw) if c.isdigit())
        if len(digits) == TAIL_LENGTH:
            return digits
        return parse_phone(str(raw))


@dataclass(frozen=True, kw_only=True)
class EmailField(SecretTextField):
    """An e-mail address."""

    purpose: str = "email"
    indexed: bool = True

    kind: ClassVar[str] = "email"
    control: ClassVar[str] = "email"

    def clean(self, raw: Any, context: ParseContext) -> Any:
        return parse_email(str(raw))

    def mask(self, value: Any) -> str:
        return mask_email(value) if value else ""
