"""A field that holds one file (CUS-6)."""

from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from kezhi.core.events import Json
from kezhi.core.values.problem import ValueProblem
from kezhi.records.fields.base import MISSING, Field, ParseContext
from kezhi.records.models.files import RecordFile


@dataclass(frozen=True, slots=True)
class FileRef:
    """A stored file as a field's value: the id of its :class:`RecordFile` and the name people see."""

    id: int
    name: str
    size: int = 0


@dataclass(frozen=True, kw_only=True)
class FileField(Field):
    """One file. It is uploaded first; what is typed is the id of one's own upload that hangs on no record yet."""

    filterable: bool = False
    importable: bool = False

    kind: ClassVar[str] = "file"
    control: ClassVar[str] = "file"

    def blank(self) -> Any:
        return None

    def clean(self, raw: Any, context: ParseContext) -> Any:
        text = str(raw).strip()
        row = None
        if text.isdecimal() and len(text) < 19:
            waiting = RecordFile.objects.filter(record_id=0, uploaded_by_id=context.actor.user_id, deleted_at=None)
            row = waiting.filter(pk=int(text), field_key=self.key).first()
        if row is None:
            raise ValueProblem("file.unknown", _("找不到这个文件，请重新上传"))
        return FileRef(row.pk, row.name, row.size)

    def text(self, value: Any) -> str:
        return value.name if value else ""

    def html(self, value: Any) -> SafeString:
        if not value:
            return MISSING
        return format_html('<a class="link" href="/files/{}/">{}</a>', value.id, value.name)

    def to_json(self, value: Any) -> Json:
        return {"id": value.id, "name": value.name, "size": value.size} if value else None

    def from_json(self, value: Json) -> Any:
        if not isinstance(value, dict):
            return None
        return FileRef(int(str(value["id"])), str(value["name"]), int(str(value.get("size") or 0)))

    def form_value(self, value: Any) -> Any:
        return str(value.id) if value else ""

    def schema(self) -> dict[str, Json]:
        return {
            "type": ["object", "null"],
            "properties": {"id": {"type": "integer"}, "name": {"type": "string"}, "size": {"type": "integer"}},
        }
