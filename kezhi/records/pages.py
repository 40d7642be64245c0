"""What the record page shows: one dataclass that gathers, masks and counts; the template only chooses and loops."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from kezhi.access.actors import Actor
from kezhi.access.directory import person_name
from kezhi.core.conditions import ConditionProblem
from kezhi.records.addresses import record_url
from kezhi.records.completeness import completeness
from kezhi.records.fields import ChoiceField, Field, RecordField
from kezhi.records.forms import may_edit
from kezhi.records.linking import titles_loaded
from kezhi.records.listing.ordering import Place, write_cursor
from kezhi.records.listing.problems import ListProblem
from kezhi.records.listing.query import columns_to_load
from kezhi.records.listing.state import read_state
from kezhi.records.models import Pin, RecordFile
from kezhi.records.presenting import CLEAR, HIDDEN, MASKED, Presented, Presenter
from kezhi.records.registry import RecordType, Related, find_record_type
from kezhi.records.slots import Place as SlotPlace
from kezhi.records.slots import fill_slot
from kezhi.records.timeline import TimelinePage, load_timeline
from kezhi.ui import html

_RELATED_SHOWN = 5
_FILES_SHOWN = 8
_LIST_NAMES = ("view", "filter", "sort", "q")


@dataclass(frozen=True, slots=True)
class Fact:
    """One value of the record with its name and what may be done with it."""

    key: str
    label: str
    html: SafeString
    is_missing: bool
    edit_url: str = ""
    reveal_url: str = ""
    is_wide: bool = False
    is_asked_for: bool = False

    @property
    def row(self) -> SafeString:
        """The fact as the page shows it; in Python, since a page has some forty of them."""
        css = " fact--missing" if self.is_missing and self.is_asked_for else ""
        css += " fact--wide" if self.is_wide and not self.is_missing else ""
        edit = f' data-edit="{self.edit_url}" tabindex="-1"' if self.edit_url else ""
        label = html.esc(self.label)
        shown = html.esc(gettext("未填")) if self.is_missing and self.is_asked_for else self.html
        acts = ""
        if self.reveal_url:
            name = html.esc(gettext("查看完整的%(field)s，会留下记录") % {"field": self.label})
            acts += (
                f'<a class="fact__reveal" href="{self.reveal_url}" data-sheet aria-label="{name}" title="{name}">'
                f"{html.icon('eye')}</a>"
            )
        if self.edit_url:
            name = html.esc(gettext("修改%(field)s") % {"field": self.label})
            acts += (
                f'<a class="fact__edit" href="{self.edit_url}" data-edit-button aria-label="{name}">'
                f"{html.icon('edit')}</a>"
            )
        return SafeString(
            f'<div class="fact{css}" id="fact-{self.key}"{edit}><dt>{label}</dt><dd>{shown}{acts}</dd></div>'
        )


@dataclass(frozen=True, slots=True)
class FactGroup:
    """Facts under a heading; ``empty`` are those without a value that nobody asks for."""

    key: str
    label: str
    facts: Sequence[Fact]
    empty: Sequence[Fact] = ()

    @property
    def rows(self) -> SafeString:
        """The facts, ready for the page."""
        return SafeString("".join(fact.row for fact in self.facts))

    @property
    def empty_rows(self) -> SafeString:
        """The empty facts, ready for the page."""
        return SafeString("".join(fact.row for fact in self.empty))


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


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The records before and after this one in the list somebody came from."""

    previous_url: str = ""
    next_url: str = ""


@dataclass(slots=True)
class RecordPage:
    """Everything the record page shows."""

    record_type: RecordType
    presented: Presented
    record: Any
    actor: Actor
    badges: SafeString
    subtitle: Sequence[SafeString]
    groups: Sequence[FactGroup]
    percent: int
    missing: Sequence[Fact]
    timeline: TimelinePage
    related: Sequence[RelatedList]
    files: Files
    neighbours: Neighbours
    is_pinned: bool
    may_edit: bool
    may_delete: bool
    may_assign: bool
    may_audit: bool
    context: str = ""
    slots: Mapping[str, SafeString] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The page's own address."""
        return self.presented.url

    @property
    def who_url(self) -> str:
        """Where it says who can see this record and why; "" for those who do not manage roles."""
        if not self.actor.allows("settings", "roles"):
            return ""
        return reverse("access:why", args=[self.record_type.key, self.presented.id])


def load_record(record_type: RecordType, record_id: int, actor: Actor) -> Any:
    """A live record the actor may see, with what its rights hang on; DoesNotExist otherwise."""
    rows = record_type.model.objects.visible_to(actor).select_related(*record_type.related_load)
    return rows.get(pk=record_id)


def record_page(request: HttpRequest, record_type: RecordType, record: Any, actor: Actor) -> RecordPage:
    """Gather the page of a visible record; a fixed number of queries."""
    presenter = Presenter(record_type, actor)
    presented = Presented(record, presenter)
    related_rows = _related_rows(record_type, record, actor)
    policy = record_type.policy
    with titles_loaded(_named(presenter, record, related_rows)):
        groups = fact_groups(presenter, record)
        subtitle = _subtitle(presenter, record)
        related = [_related_list(*row, record=record, actor=actor) for row in related_rows]
    whole = completeness(record_type, record)
    place = SlotPlace(request, actor, record_type, record, presented)
    context = _list_context(request, record_type)
    return RecordPage(
        record_type=record_type,
        presented=presented,
        record=record,
        actor=actor,
        badges=_badges(presenter, record),
        subtitle=subtitle,
        groups=groups,
        percent=whole.percent,
        missing=missing_facts(presenter, record, whole.missing),
        timeline=load_timeline(
            record_type, record, actor=actor, chip=request.GET.get("chip", ""), before=_whole(request.GET.get("before"))
        ),
        related=related,
        files=record_files(record_type, record, actor),
        neighbours=_neighbours(record_type, record, actor, context),
        is_pinned=_is_pinned(record_type, record, actor),
        may_edit=policy.allows(actor, "edit", record),
        may_delete=policy.allows(actor, "delete", record),
        may_assign="assign" in record_type.actions and may_edit(record_type, record, "owner", actor),
        may_audit=actor.allows("audit", "view"),
        context=context,
        slots={
            name.partition(".")[2]: fill_slot(name, place)
            for name in (
                "record.badges",
                "record.line",
                "record.actions",
                "record.menu",
                "record.path",
                "record.composer",
                "record.facts",
                "record.related",
                "record.tasks",
                "record.side",
            )
        },
    )


# -- facts


def fact_groups(presenter: Presenter, record: Any) -> list[FactGroup]:
    """The facts of a record in the type's groups, as the actor may see them."""
    known = presenter.record_type
    labels = {group.key: str(group.label) for group in known.groups}
    by_group: dict[str, list[Fact]] = {key: [] for key in labels}
    kind = getattr(record, "kind", "")
    skipped = {known.title_field, "number"}
    for shown in presenter.visible_fields():
        if shown.key in skipped or (shown.for_kinds and kind not in shown.for_kinds):
            continue
        fact = make_fact(presenter, record, shown.key)
        if fact.is_missing and not fact.edit_url and not fact.is_asked_for:
            continue
        by_group.setdefault(shown.group, []).append(fact)
    groups = []
    for key, facts in by_group.items():
        wanted = [fact for fact in facts if not fact.is_missing or fact.is_asked_for]
        empty = [fact for fact in facts if fact.is_missing and not fact.is_asked_for]
        if facts:
            groups.append(FactGroup(key, labels.get(key, gettext("其他")), wanted, empty))
    return groups


def make_fact(presenter: Presenter, record: Any, key: str) -> Fact:
    """One fact of a record; a masked value can be revealed by those who may, with a reason."""
    known = presenter.record_type
    shown = presenter.fields[key]
    state = presenter.state(record, key)
    is_empty = shown.is_empty(shown.get(record))
    is_editable = may_edit(known, record, key, presenter.actor)
    # Forty addresses a page: the pattern of records:record_field, written out.
    edit_url = f"/{known.slug}/{record.pk}/fields/{key}/" if is_editable else ""
    reveal_url = ""
    if state == MASKED and not is_empty and known.policy.allows(presenter.actor, "reveal", record):
        reveal_url = f"/{known.slug}/{record.pk}/fields/{key}/reveal/"
    return Fact(
        key=key,
        label=str(shown.label),
        html=presenter.html(record, key),
        is_missing=is_empty and not isinstance(shown.get(record), bool),
        edit_url=edit_url,
        reveal_url=reveal_url,
        is_wide=shown.kind == "long_text",
        is_asked_for=bool(shown.weight or shown.required or shown.follow_up),
    )


def missing_facts(presenter: Presenter, record: Any, fields: Sequence[Field]) -> list[Fact]:
    """The facts that are still to be filled, the weightiest first."""
    ordered = sorted(fields, key=lambda known: -known.weight)
    shown = [known.key for known in ordered if presenter.state(record, known.key) != HIDDEN]
    return [make_fact(presenter, record, key) for key in shown]


def _badges(presenter: Presenter, record: Any) -> SafeString:
    """The record's level and states, as small marks before its name."""
    shown = []
    for known in presenter.visible_fields():
        if not isinstance(known, ChoiceField) or not (known.badge or known.list_key == "level"):
            continue
        value = known.get(record)
        if value and value not in ("none", "") and presenter.state(record, known.key) == CLEAR and known.key != "role":
            shown.append((known.list_key != "level", presenter.html(record, known.key)))
    return SafeString("".join(text for _order, text in sorted(shown, key=lambda row: row[0])))


def _subtitle(presenter: Presenter, record: Any) -> list[SafeString]:
    known = presenter.record_type
    keys = list(dict.fromkeys(["number", *known.parents, *known.subtitle_fields]))
    result = []
    for key in keys:
        shown = presenter.fields.get(key)
        if shown is not None and presenter.state(record, key) != HIDDEN and not shown.is_empty(shown.get(record)):
            result.append(presenter.html(record, key))
    if "number" not in presenter.fields:
        result.insert(0, SafeString(html.esc(record.number)))
    return result


# -- related records


_RelatedRows = tuple[Related, RecordType, list[Any], int]


def _related_rows(record_type: RecordType, record: Any, actor: Actor) -> list[_RelatedRows]:
    found: list[_RelatedRows] = []
    for related in record_type.related:
        other = find_record_type(related.record_type)
        through = other.field(related.through) if other else None
        if other is None or through is None or not actor.allows(other.key, "view"):
            continue
        rows = other.model.objects.visible_to(actor).filter(**{through.attribute: record.pk})
        limit = _RELATED_SHOWN + 1
        names = columns_to_load(other, related.columns or other.columns[:4])
        wanted = rows.select_related(*other.related_load).order_by("-pk")
        first = list((wanted.only(*names) if names else wanted)[:limit])
        found.append((related, other, first[:_RELATED_SHOWN], rows.count() if len(first) == limit else len(first)))
    return found


def _named(presenter: Presenter, record: Any, related: Sequence[_RelatedRows]) -> dict[str, set[int]]:
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


def _related_list(
    related: Related, other: RecordType, rows: Sequence[Any], count: int, *, record: Any, actor: Actor
) -> RelatedList:
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
            below.append(presenter.html(row, key))
    return RelatedItem(f"/{known.slug}/{row.pk}/", title[:80], end, SafeString(html.DOT.join(below)))


def _all_url(related: Related, other: RecordType, record: Any) -> str:
    condition = json.dumps({"field": related.through, "op": "is", "value": [record.pk]})
    return f"/{other.slug}/?{urlencode({'filter': condition})}"


# -- files, pin, neighbours


def record_files(record_type: RecordType, record: Any, actor: Actor, message: str = "") -> Files:
    """The files on a record, newest first."""
    may_change = record_type.policy.allows(actor, "edit", record)
    rows = RecordFile.objects.filter(
        record_type=record_type.key, record_id=record.pk, deleted_at=None, field_key=""
    ).order_by("-id")
    shown = list(rows[: _FILES_SHOWN * 10])
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


def _is_pinned(record_type: RecordType, record: Any, actor: Actor) -> bool:
    return Pin.objects.filter(user_id=actor.user_id or 0, record_type=record_type.key, record_id=record.pk).exists()


def _list_context(request: HttpRequest, record_type: RecordType) -> str:
    """The list the reader came from: in the page's own query, or told by the way here; "" for another way."""
    kept = {name: request.GET[name] for name in _LIST_NAMES if request.GET.get(name)}
    if kept:
        return urlencode(kept)
    came_from = urlsplit(request.headers.get("Referer", ""))
    if came_from.netloc != request.get_host() or came_from.path != f"/{record_type.slug}/":
        return ""
    kept = {name: value for name, value in parse_qsl(came_from.query) if name in _LIST_NAMES and value}
    return urlencode(kept or {"sort": record_type.default_sort})


def _neighbours(record_type: RecordType, record: Any, actor: Actor, context: str) -> Neighbours:
    """Read by key from the list the reader came from; a list that makes no sense any more has none."""
    if not context:
        return Neighbours()
    try:
        wanted = read_state(record_type, actor, QueryDict(context)).request(size=1)
        place = wanted.ordering.place_of(record)
        urls = []
        for is_before in (True, False):
            cursor = write_cursor(record_type, wanted.ordering, Place(place.value, place.record_id, is_before))
            found = replace(wanted, cursor=cursor, size=1).page().records
            urls.append(f"{record_url('record', record_type, found[0].pk)}?{context}" if found else "")
    except (ListProblem, ConditionProblem):
        return Neighbours()
    return Neighbours(*urls)


def _whole(text: str | None) -> int | None:
    return int(text) if text and text.isdigit() and len(text) < 19 else None
