"""What hangs on a record, for its page: related records and files."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.safestring import SafeString

from kezhi.access.actors import Actor
from kezhi.access.directory import person_name
from kezhi.core.figures import integer_figure
from kezhi.records.addresses import record_url
from kezhi.records.facts import reveal_link, reveal_url
from kezhi.records.fields import ChoiceField, Field, RecordField
from kezhi.records.listing.query import columns_to_load, owner_load
from kezhi.records.models import RecordFile
from kezhi.records.presenting import HIDDEN, Presenter
from kezhi.records.registry import RecordType, Related, find_record_type, related_of
from kezhi.records.uploads import MEGABYTE
from kezhi.ui import html

_RELATED_SHOWN = 5
_FILES_SHOWN = 80


@dataclass(frozen=True, slots=True)
class RelatedItem:
    """A related record in two lines: its name, a figure or badge at the end, short facts below."""

    url: str
    title: str
    end: SafeString
    below: SafeString


@dataclass(frozen=True, slots=True)
class RelatedList:
    """Records of another type that hang on this one."""

    key: str
    label: str
    count: str
    items: Sequence[RelatedItem]
    new_url: str
    type_label: str
    all_url: str


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file on the record."""

    id: int
    name: str
    size: str
    url: str
    remove_url: str
    who: str
    at: SafeString


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a record; ``upload_url`` is empty for those who may not add any."""

    rows: Sequence[FileLine]
    count: int
    upload_url: str
    message: str = ""

    @property
    def most_megabytes(self) -> int:
        """How large a file may be."""
        return integer_figure("records.file_max_mb")

    @property
    def most_bytes(self) -> int:
        """The same in bytes."""
        return self.most_megabytes * MEGABYTE


RelatedRows = tuple[Related, RecordType, list[Any], int]


def related_rows(record_type: RecordType, record: Any, actor: Actor) -> list[RelatedRows]:
    """The first records of each related list, and how many there are."""
    found: list[RelatedRows] = []
    for related in related_of(record_type):
        other = find_record_type(related.record_type)
        through = other.field(related.through) if other else None
        if other is None or through is None or not actor.allows(other.key, "view"):
            continue
        rows = other.model.objects.visible_to(actor).filter(**{through.attribute: record.pk})
        limit = _RELATED_SHOWN + 1
        names = columns_to_load(other, related.columns or other.columns[:4])
        beside = owner_load(other)
        wanted = (rows.select_related(*beside) if beside else rows).order_by("-pk")
        first = list((wanted.only(*names) if names else wanted)[:limit])
        found.append((related, other, first[:_RELATED_SHOWN], rows.count() if len(first) == limit else len(first)))
    return found


def named_records(presenter: Presenter, record: Any, related: Sequence[RelatedRows]) -> dict[str, set[int]]:
    """The records that values on this page point to, by type."""
    wanted: dict[str, set[int]] = {}
    shown: list[tuple[Iterable[Field], Any]] = [(presenter.fields.values(), record)]
    for row, other, records, _count in related:
        columns = [known for key in row.columns if (known := other.field(key)) is not None]
        shown += [(columns, each) for each in records]
    for fields, each in shown:
        for known in fields:
            if isinstance(known, RecordField) and (value := known.get(each)):
                wanted.setdefault(known.to, set()).add(int(value))
    return wanted


def related_list(
    related: Related, other: RecordType, rows: Sequence[Any], count: int, *, record: Any, actor: Actor
) -> RelatedList:
    """A related list as the actor may see it, with the way to add to it."""
    presenter = Presenter(other, actor)
    new_url = ""
    if actor.allows(other.key, "create"):
        back = record_url("record", _type_of_parent(other, related), record.pk)
        new_url = f"{record_url('record_new', other)}?{related.through}={record.pk}&back={back}"
    return RelatedList(
        key=related.record_type,
        label=str(related.label),
        count=f"{count:,}",
        items=[_related_item(presenter, row, related.columns) for row in rows],
        new_url=new_url,
        type_label=str(other.label),
        all_url=_all_url(related, other, record) if count > len(rows) else "",
    )


def _type_of_parent(other: RecordType, related: Related) -> RecordType:
    known = find_record_type(getattr(other.field(related.through), "to", ""))
    if known is None:
        raise LookupError(f"{other.key}.{related.through} points to no record type")
    return known


def _related_item(presenter: Presenter, row: Any, columns: Sequence[str]) -> RelatedItem:
    known = presenter.record_type
    keys = [key for key in (columns or known.columns[:4]) if key in presenter.fields]
    title_key = known.title_field if known.title_field in presenter.fields else (keys[0] if keys else "number")
    title = presenter.text(row, title_key) or row.number
    end, below = SafeString(""), []
    for key in keys:
        shown = presenter.fields[key]
        if key == title_key or shown.is_empty(shown.get(row)) or presenter.state(row, key) == HIDDEN:
            continue
        is_mark = isinstance(shown, ChoiceField) and (shown.badge or shown.list_key == "level")
        if not end and (is_mark or shown.numeric):
            end = presenter.html(row, key)
        else:
            eye = reveal_url(presenter, row, key)
            below.append(presenter.html(row, key) + (reveal_link(eye, str(shown.label)) if eye else SafeString("")))
    return RelatedItem(f"/{known.slug}/{row.pk}/", title[:80], end, SafeString(html.DOT.join(below)))


def _all_url(related: Related, other: RecordType, record: Any) -> str:
    condition = json.dumps({"field": related.through, "op": "is", "value": [record.pk]})
    return f"/{other.slug}/?{urlencode({'filter': condition})}"


def record_files(record_type: RecordType, record: Any, actor: Actor, message: str = "") -> Files:
    """The files on a record, newest first."""
    may_change = record_type.policy.allows(actor, "edit", record)
    rows = RecordFile.objects.filter(
        record_type=record_type.key, record_id=record.pk, deleted_at=None, field_key=""
    ).order_by("-id")
    shown = list(rows[:_FILES_SHOWN])
    return Files(
        rows=[
            FileLine(
                id=row.pk,
                name=row.name,
                size=size_words(row.size),
                url=record_url("record_file", record_type, record.pk, row.pk),
                remove_url=record_url("record_file_removal", record_type, record.pk, row.pk) if may_change else "",
                who=person_name(row.uploaded_by_id or 0),
                at=html.when(row.uploaded_at),
            )
            for row in shown
        ],
        count=len(shown),
        upload_url=record_url("record_files", record_type, record.pk) if may_change else "",
        message=message,
    )


def size_words(size: int) -> str:
    """820 B, 14 KB, 2.4 MB."""
    if size < 1024:
        return f"{size} B"
    if size < 1024 * 1024:
        return f"{size / 1024:.0f} KB"
    return f"{size / 1024 / 1024:.1f} MB"
