"""What the record page shows: one dataclass that gathers, masks and counts; the template only chooses and loops."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeGuard
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.safestring import SafeString

from kezhi.access.actors import Actor
from kezhi.core.conditions import ConditionProblem
from kezhi.records.addresses import record_url
from kezhi.records.completeness import completeness
from kezhi.records.facts import Fact, FactGroup, fact_groups, missing_facts
from kezhi.records.fields import ChoiceField, Field
from kezhi.records.forms import may_edit
from kezhi.records.linking import titles_loaded
from kezhi.records.listing.ordering import Place, write_cursor
from kezhi.records.listing.problems import ListProblem
from kezhi.records.listing.state import read_state
from kezhi.records.models import Pin
from kezhi.records.presenting import CLEAR, HIDDEN, Presented, Presenter
from kezhi.records.registry import RecordType
from kezhi.records.related import Files, RelatedList, named_records, record_files, related_list, related_rows
from kezhi.records.slots import Place as SlotPlace
from kezhi.records.slots import fill_slot
from kezhi.records.timeline import TimelinePage, load_timeline
from kezhi.ui import html

_LIST_NAMES = ("view", "filter", "sort", "q")


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
    found = related_rows(record_type, record, actor)
    policy = record_type.policy
    with titles_loaded(named_records(presenter, record, found), actor):
        groups = fact_groups(presenter, record)
        subtitle = _subtitle(presenter, record)
        related = [related_list(*row, record=record, actor=actor) for row in found]
    whole = completeness(record_type, record)
    place = SlotPlace(request, actor, record_type, record, presented)
    context = _list_context(request, record_type, record.pk)
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


def _badges(presenter: Presenter, record: Any) -> SafeString:
    """The record's level and states, as small marks before its name."""
    shown = []
    for known in presenter.visible_fields():
        if not _is_mark(known):
            continue
        value = known.get(record)
        if value and value not in ("none", "") and presenter.state(record, known.key) == CLEAR:
            shown.append((known.list_key != "level", presenter.html(record, known.key)))
    return SafeString("".join(text for _order, text in sorted(shown, key=lambda row: row[0])))


def _is_mark(field: Field) -> TypeGuard[ChoiceField]:
    return isinstance(field, ChoiceField) and (field.badge or field.list_key == "level") and field.key != "role"


def _subtitle(presenter: Presenter, record: Any) -> list[SafeString]:
    known = presenter.record_type
    keys = list(dict.fromkeys(["number", *known.parents, *known.subtitle_fields]))
    result = []
    for key in keys:
        shown = presenter.fields.get(key)
        if shown is None or (_is_mark(shown) and presenter.state(record, key) == CLEAR):
            continue  # the mark stands before the name already
        if presenter.state(record, key) != HIDDEN and not shown.is_empty(shown.get(record)):
            result.append(presenter.html(record, key))
    if "number" not in presenter.fields:
        result.insert(0, SafeString(html.esc(record.number)))
    return result


def _is_pinned(record_type: RecordType, record: Any, actor: Actor) -> bool:
    return Pin.objects.filter(user_id=actor.user_id or 0, record_type=record_type.key, record_id=record.pk).exists()


def _list_context(request: HttpRequest, record_type: RecordType, record_id: int) -> str:
    """The list the reader came from: in the page's own query, or told by the way here; "" for another way.

    Whoever comes back to the record from one of its own pages (saved, pinned) is still on the way through that list.
    """
    kept = {name: request.GET[name] for name in _LIST_NAMES if request.GET.get(name)}
    if kept:
        return urlencode(kept)
    came_from = urlsplit(request.headers.get("Referer", ""))
    if came_from.netloc != request.get_host():
        return ""
    kept = {name: value for name, value in parse_qsl(came_from.query) if name in _LIST_NAMES and value}
    if came_from.path.startswith(record_url("record", record_type, record_id)):
        return urlencode(kept)
    return urlencode(kept or {"sort": record_type.default_sort}) if came_from.path == f"/{record_type.slug}/" else ""


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
    return int(text) if text and text.isdecimal() and len(text) < 19 else None
