"""Fields that point to people and to other records."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_lazy

from kezhi.access.actors import Actor
from kezhi.access.directory import department_name, find_person, people_options, person_name
from kezhi.access.rights import stand_ins
from kezhi.core.events import Json
from kezhi.core.values.problem import ValueProblem
from kezhi.records.fields.base import MISSING, Field, ParseContext
from kezhi.records.lists import Option
from kezhi.ui import html

_ = gettext_lazy


@dataclass(frozen=True, kw_only=True)
class UserField(Field):
    """A colleague, by id. Typed as id, sign-in name or full name."""

    kind: ClassVar[str] = "user"
    condition_kind: ClassVar[str] = "user"
    control: ClassVar[str] = "user"
    custom_column: ClassVar[str] = "number"

    @property
    def attribute(self) -> str:
        return self.column or f"{self.key}_id"

    def blank(self) -> Any:
        return None

    def clean(self, raw: Any, context: ParseContext) -> Any:
        return find_person(str(raw))

    def text(self, value: Any) -> str:
        return person_name(value) if value else ""

    def html(self, value: Any) -> SafeString:
        if not value:
            return MISSING
        return html.person(person_name(value), away=value in stand_ins())

    def to_json(self, value: Any) -> Json:
        return None if value is None else int(value)

    def from_json(self, value: Json) -> Any:
        return None if value is None else int(str(value))

    def schema(self) -> dict[str, Json]:
        return {"type": ["integer", "null"], "description": "User id"}

    def form_value(self, value: Any) -> Any:
        return "" if value is None else str(value)

    def options(self, actor: Actor | None = None) -> Sequence[Option]:
        return [Option(value, label) for value, label in people_options()]

    def read_operand(self, raw: object) -> object:
        if raw in ("me", "mine"):
            return raw
        try:
            return int(str(raw))
        except ValueError:
            raise ValueProblem("user.unknown", _("没有这个人")) from None

    def operand_text(self, operand: object) -> str:
        if operand == "me":
            return gettext("我")
        if operand == "mine":
            return gettext("我的部门")
        return person_name(operand) if isinstance(operand, int) else str(operand)

    def department_text(self, operand: object) -> str:
        """A department that people of this field are compared with, in words."""
        return department_name(operand) if isinstance(operand, int) else self.operand_text(operand)

    def mirror(self, value: Any) -> list[dict[str, Any]]:
        return [{"number": value, "text": self.text(value)[:200]}]


@dataclass(frozen=True, kw_only=True)
class RecordField(Field):
    """A record of another type (``to``), by id. Typed as id or number; it must be visible to whoever types it.

    It is named as the ``reader`` may see it, who is filled in where a field is read for somebody.
    """

    to: str
    reader: Actor | None = field(default=None, compare=False)

    kind: ClassVar[str] = "record"
    condition_kind: ClassVar[str] = "record"
    control: ClassVar[str] = "record"
    custom_column: ClassVar[str] = "number"

    @property
    def attribute(self) -> str:
        return self.column or f"{self.key}_id"

    def blank(self) -> Any:
        return None

    def clean(self, raw: Any, context: ParseContext) -> Any:
        record_id = _links().find(self.to, str(raw), context.actor)
        if record_id is None:
            raise ValueProblem("record.unknown", _("找不到这条记录，或者您没有权限查看"))
        return record_id

    def read_by(self, reader: Actor) -> "RecordField":
        return replace(self, reader=reader)

    def text(self, value: Any) -> str:
        return _links().title(self.to, value, self.reader) if value else ""

    def visible_text(self, value: object, actor: Actor) -> str:
        """The record's name for somebody who may see it, else only its id."""
        known = _links().visible_title(self.to, value, actor) if isinstance(value, int) else ""
        return known or f"#{value}"

    def html(self, value: Any) -> SafeString:
        return _links().link(self.to, value, self.reader) if value else MISSING

    def to_json(self, value: Any) -> Json:
        return None if value is None else int(value)

    def from_json(self, value: Json) -> Any:
        return None if value is None else int(str(value))

    def schema(self) -> dict[str, Json]:
        return {"type": ["integer", "null"], "description": f"Id of a {self.to}"}

    def form_value(self, value: Any) -> Any:
        return "" if value is None else str(value)

    def read_operand(self, raw: object) -> object:
        try:
            return int(str(raw))
        except ValueError:
            raise ValueProblem("record.unknown", _("找不到这条记录")) from None

    def mirror(self, value: Any) -> list[dict[str, Any]]:
        return [{"number": value, "text": str(value)}]


class RecordLinks:
    """Finds and names records of other types; the registry provides it, since types are made of fields."""

    def find(self, record_type: str, raw: str, actor: Actor) -> int | None:
        """The id for an id or a number, if the actor may see the record."""
        raise NotImplementedError

    def title(self, record_type: str, record_id: int, reader: Actor | None) -> str:
        """The record's name as the reader may see it, else its number; from what was loaded where it was."""
        raise NotImplementedError

    def visible_title(self, record_type: str, record_id: int, actor: Actor) -> str:
        """The record's name as the actor may see it; "" out of their sight."""
        raise NotImplementedError

    def link(self, record_type: str, record_id: int, reader: Actor | None) -> SafeString:
        """The name as a link."""
        raise NotImplementedError


_provided: list[RecordLinks] = []


def provide_links(links: RecordLinks) -> None:
    """Called once by the registry."""
    _provided[:] = [links]


def _links() -> RecordLinks:
    return _provided[0]
