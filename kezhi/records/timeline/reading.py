"""Reading a page of a record's timeline as one viewer may see it; a fixed number of queries."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.core.clock import local
from kezhi.core.events import EventKind, Json, event_kinds, read_changes, read_facts
from kezhi.core.models.events import Event, EventSubject
from kezhi.records import kinds
from kezhi.records.actor_names import actor_words
from kezhi.records.fields import RecordField
from kezhi.records.linking import titles_loaded
from kezhi.records.presenting import CLEAR, HIDDEN, MASKED, Presented, Presenter
from kezhi.records.registry import RecordType, find_record_type, record_types
from kezhi.records.timeline.earlier import earlier_records, earlier_types
from kezhi.records.timeline.items import Change, Item, Words, find_renderer
from kezhi.records.timeline.wording import generic_words
from kezhi.ui import html

Text = str | Promise

PAGE = 25
_PROGRAM_KINDS = ("rule", "job", "system")

DOORS: Mapping[str, Text] = {
    "page": _("页面"),
    "api": _("API"),
    "import": _("导入"),
    "rule": _("规则"),
    "job": _("后台任务"),
    "system": _("系统"),
    "cli": _("命令行"),
    "form": _("录入页"),
    "mcp": _("智能体"),
    "approval": _("审批"),
    "mail": _("邮件"),
    "link": _("对外链接"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the timeline, ready for the template.

    ``one_of_many`` names the record (``firm-7``) where the act was done to many records at once.
    """

    id: int
    day: date
    html: SafeString
    operation: str
    is_undoable: bool
    one_of_many: str = ""


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter above the timeline."""

    key: str
    label: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """Some entries and the key of the next ones (None at the end)."""

    entries: Sequence[Entry]
    chips: Sequence[Chip]
    chip: str
    next_before: int | None

    @property
    def rows(self) -> SafeString:
        """The entries under their days as list items; in Python, since they are what a record page has most of."""
        parts: list[str] = []
        day: date | None = None
        for entry in self.entries:
            if entry.day != day:
                day = entry.day
                parts.append(f'<li class="timeline__day">{html.day(day)}</li>')
            undo = f'<div class="entry__undo">{_undo_buttons(entry)}</div>' if entry.is_undoable else ""
            parts.append(f'<li class="entry" id="event-{entry.id}">{entry.html}{undo}</li>')
        return SafeString("".join(parts))


_family_chips: dict[str, dict[str, str | Promise]] = {}


def register_chip(record_type: str, family: str, label: str | Promise) -> None:
    """Let the timelines of a record type be narrowed to the events of one family."""
    _family_chips.setdefault(record_type, {})[family] = label


def load_timeline(
    record_type: RecordType,
    record: Any,
    *,
    actor: Actor,
    chip: str = "",
    before: int | None = None,
    limit: int = PAGE,
) -> TimelinePage:
    """A page of a visible record's timeline. ``before`` is the key of an earlier page, ``chip`` a filter's key."""
    own = [record.pk, *record_type.behaviour.history_ids(record)]
    links = EventSubject.objects.filter(record_type=record_type.key)
    links = links.filter(record_id__in=own) if len(own) > 1 else links.filter(record_id=record.pk)
    earlier = earlier_records(record_type.key, record)
    for key, number in earlier:
        links |= EventSubject.objects.filter(record_type=key, record_id=number)
    links = links.filter(_chip_filter(chip, record_type))
    if before is not None:
        links = links.filter(event_id__lt=before)
    # An event may concern a record and what it was before: it is read as often, and told once.
    most = (limit + 1) * (len(earlier) + 1)
    rows = list({row.event_id: row for row in links.select_related("event").order_by("-event_id")[:most]}.values())
    events = [row.event for row in rows[:limit]]
    items = _items(events, record_type, record, actor)
    undoable = _last_own_act(events, items, actor) if before is None and not chip else ""
    return TimelinePage(
        entries=[entry for item in items if (entry := _entry(item, undoable)) is not None],
        chips=_chips(record_type, actor, chip),
        chip=chip,
        next_before=events[-1].pk if len(rows) > limit else None,
    )


# -- which events


def _chip_filter(chip: str, record_type: RecordType) -> Q:
    name, _colon, value = chip.partition(":")
    looked_at = [kind.key for kind in event_kinds().values() if kind.family == "access"]
    if name == "type" and value:
        return Q(event__record_type=value) & ~Q(event__kind__in=looked_at)
    if name == "family" and value:
        return Q(event__kind__in=[kind.key for kind in event_kinds().values() if kind.family == value])
    if name == "by" and value == "program":
        return Q(event__actor_kind__in=_PROGRAM_KINDS)
    # Who looked at what is asked for on purpose; it would drown what happened.
    return ~Q(event__kind__in=looked_at)


def _chips(record_type: RecordType, actor: Actor, chosen: str) -> list[Chip]:
    rows: list[tuple[str, str]] = [("", gettext("全部")), (f"type:{record_type.key}", gettext("资料"))]
    before = earlier_types(record_type.key)
    for known in record_types():
        hangs_here = any(getattr(known.field(key), "to", "") == record_type.key for key in known.parents)
        hangs_here = hangs_here or known.key in before
        if hangs_here and actor.allows(known.key, "view"):
            rows.append((f"type:{known.key}", str(known.plural)))
    rows += [(f"family:{family}", str(label)) for family, label in _family_chips.get(record_type.key, {}).items()]
    rows += [("by:program", gettext("规则与系统")), ("family:access", gettext("查看记录"))]
    return [Chip(key, label, key == chosen) for key, label in rows]


# -- what they mean


def _items(events: Sequence[Event], record_type: RecordType, record: Any, actor: Actor) -> list[Item]:
    own = (record_type.key, record.pk)
    loaded = _visible_records(events, own, actor)
    loaded[own] = record
    presenters: dict[str, Presenter] = {}
    raw: list[tuple[Item, dict[str, tuple[Json, Json]]]] = []
    for event in events:
        known = find_record_type(event.record_type)
        key = (event.record_type, event.record_id)
        if known is not None and key not in loaded:
            continue
        kind = event_kinds().get(event.kind) or EventKind(event.kind, event.kind)
        item = Item(event, kind, actor, known, loaded.get(key), key == own, facts=read_facts(event))
        if known is not None:
            if known.key not in presenters:
                presenters[known.key] = Presenter(known, actor)
            item.presented = Presented(item.record, presenters[known.key])
        raw.append((item, read_changes(event) if known is not None else {}))
    with titles_loaded(_named_records(raw), actor):
        for item, changes in raw:
            if item.record_type is not None:
                item.changes = _changes(presenters[item.record_type.key], item.record, changes)
    return [item for item, _changes_ in raw]


def _visible_records(events: Sequence[Event], own: tuple[str, int], actor: Actor) -> dict[tuple[str, int], Any]:
    wanted: dict[str, set[int]] = defaultdict(set)
    for event in events:
        if (event.record_type, event.record_id) != own:
            wanted[event.record_type].add(event.record_id)
    found: dict[tuple[str, int], Any] = {}
    for key, ids in wanted.items():
        known = find_record_type(key)
        if known is None:
            continue
        # Records in the recycle bin keep their place on the timeline.
        rows = known.model.objects.get_queryset().visible_to(actor).filter(pk__in=ids)
        for row in rows.select_related(*known.related_load):
            found[key, row.pk] = row
    return found


def _named_records(raw: Sequence[tuple[Item, Mapping[str, tuple[Json, Json]]]]) -> dict[str, set[int]]:
    wanted: dict[str, set[int]] = defaultdict(set)
    for item, changes in raw:
        fields = item.record_type.all_fields() if item.record_type else {}
        for key, pair in changes.items():
            known = fields.get(key)
            if isinstance(known, RecordField):
                wanted[known.to].update(int(str(value)) for value in pair if value)
    return wanted


def _changes(presenter: Presenter, record: Any, changes: Mapping[str, tuple[Json, Json]]) -> list[Change]:
    result = []
    for key, (before, after) in changes.items():
        known = presenter.fields.get(key)
        state = presenter.state(record, key)
        if known is None or state == HIDDEN:
            continue
        shown = known.text if state == CLEAR else known.mask
        result.append(Change(known, shown(known.from_json(before)), shown(known.from_json(after)), state == MASKED))
    return result


def _last_own_act(events: Sequence[Event], items: Sequence[Item], actor: Actor) -> str:
    """The newest act on the record, if it is the viewer's own and can be taken back."""
    undoable = (kinds.CREATED.key, kinds.CHANGED.key)
    for item in items:
        # What was only looked at, and what a clock did by itself, does not stand in the way.
        if item.is_own and item.kind.family == "record":
            is_mine = actor.user_id is not None and item.event.actor_id == actor.user_id
            return item.event.operation if is_mine and item.event.kind in undoable else ""
    return ""


# -- how they read


def _entry(item: Item, undoable: str) -> Entry | None:
    event = item.event
    renderer = find_renderer(event)
    words = renderer(item) if renderer else generic_words(item)
    if words is None:
        return None
    is_program = event.actor_kind in _PROGRAM_KINDS
    can_undo = bool(undoable) and event.operation == undoable and item.is_own
    return Entry(
        id=event.pk,
        day=local(event.at).date(),
        html=_line(event, words, is_program, item.actor),
        operation=event.operation,
        is_undoable=can_undo,
        one_of_many=f"{event.record_type}-{event.record_id}" if can_undo and _was_one_of_many(event) else "",
    )


def _was_one_of_many(event: Event) -> bool:
    return event.door == "import" or bool(read_facts(event).get("bulk"))


def _undo_buttons(entry: Entry) -> str:
    """One button; after an act on many records one for this record and one for all of them."""
    # The form with the token stands once beside the timeline.
    act = reverse("records:undo", args=[entry.operation])
    if not entry.one_of_many:
        return _undo_button(act, gettext("撤销"))
    one = _undo_button(f"{act}?only={entry.one_of_many}", gettext("只撤销这一条"))
    asked = gettext("同一次操作改过的记录都会一起撤销。现在整批撤销吗？")
    return one + _undo_button(act, gettext("整批撤销"), f' data-confirm="{html.esc(asked)}"')


def _undo_button(act: str, label: str, more: str = "") -> str:
    return (
        f'<button class="btn btn--s btn--plain" form="timeline-undo" formaction="{html.esc(act)}"{more}>'
        f"{html.icon('undo')}{html.esc(label)}</button>"
    )


def _door(event: Event, actor: Actor) -> str:
    """Through what it was done; for a rule its version, and the way there for who may see rules (AUTO-8)."""
    rule, _colon, version = event.door_ref.partition(":")
    if event.door != "rule" or not rule.isdecimal() or not version.isdecimal():
        return html.esc(str(DOORS.get(event.door, event.door)))
    words = html.esc(gettext("规则第 %(version)s 版") % {"version": version})
    if not actor.allows("automation", "view"):
        return words
    url = html.esc(reverse("automation:rule_version", args=[int(rule), int(version)]))
    return f'<a class="link" href="{url}">{words}</a>'


def _line(event: Event, words: Words, is_program: bool, actor: Actor) -> SafeString:
    mark = words.mark
    if mark and not is_program:
        sign = f'<span class="entry__mark">{html.icon(mark)}</span>'
    else:
        sign = html.avatar(actor_words(event), "rule" if is_program else "ours")
    door = str(DOORS.get(event.door, event.door))
    here = local(event.at)
    # Put together by hand: strftime is a fifth of a page's work.
    clock = f"{here.hour:02}:{here.minute:02}"
    exact = f"{here.year}-{here.month:02}-{here.day:02} {html.weekday(here.date())} {clock}:{here.second:02}"
    through = f'{html.DOT}<span class="faint">{_door(event, actor)}</span>' if event.door != "page" else ""
    moment = f'<time datetime="{here.isoformat()}" title="{exact} {html.esc(door)}">{clock}</time>'
    body = f'<div class="entry__body">{words.body}</div>' if words.body else ""
    return SafeString(f'{sign}<div><p class="entry__head">{words.head}{through}{moment}</p>{body}</div>')
