"""Forms made of fields: the same controls for a new record, for editing one, for one value where it stands.

A form holds what the control shows (``value``), never more than the actor may write. What comes back is raw and goes to
the operations as it is; after a refusal the same raw values fill the form again, so nothing typed is lost.
"""

import json
import re
import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from kezhi.access.actors import Actor
from kezhi.access.directory import person_name
from kezhi.core.values.regions import cities, districts, provinces
from kezhi.records.addresses import record_url
from kezhi.records.fields import (
    Field,
    FileField,
    MultiChoiceField,
    RecordField,
    RegionField,
    UserField,
    YesNoField,
)
from kezhi.records.linking import titles
from kezhi.records.listing.query import ListRequest
from kezhi.records.lists import Option
from kezhi.records.models import RecordFile
from kezhi.records.presenting import HIDDEN, Presented, Presenter, present
from kezhi.records.registry import RecordType, find_record_type
from kezhi.records.search.finding import find_records
from kezhi.records.search.words import is_searchable

# Names of a posted form that are not fields.
OWN_NAMES = frozenset({"csrfmiddlewaretoken", "form_key", "version", "initial", "client_key", "view", "back", "place"})
KEEP_PREFIX = "keep__"
REMOVED = "-"  # what a ticked "take away" posts beside a file
_FORM_KEY = re.compile(r"[A-Za-z0-9_-]{8,60}")
_SEGMENTS = 5
_FIRST_RECORDS = 30

Problems = Mapping[str, str | Promise]


@dataclass(slots=True)
class Control:
    """One field of a form as its template shows it. ``locked`` is what is shown where the actor may not write."""

    field: Field
    record_type: RecordType
    value: Any = ""
    problem: str = ""
    options: Sequence[Option] = ()
    locked: SafeString | None = None
    prefix: str = "f"
    required: bool = False
    file_name: str = ""

    @property
    def key(self) -> str:
        """The field's key, which is the control's name."""
        return self.field.key

    @property
    def id(self) -> str:
        """The id of the control; its help is ``<id>-help``, its error ``<id>-error``."""
        return f"{self.prefix}-{self.field.key}"

    @property
    def label(self) -> str:
        """The field's name."""
        return str(self.field.label)

    @property
    def help(self) -> str:
        """What to write."""
        return str(self.field.help)

    @property
    def template(self) -> str:
        """The control's template."""
        if self.locked is not None:
            return "records/controls/locked.html"
        return f"records/controls/{self.field.control}.html"

    @property
    def is_wide(self) -> bool:
        """Whether it takes a row of its own."""
        wide = ("long_text", "multi_choice", "file")
        return self.field.width == "wide" or self.field.control in wide or (self.is_segments and len(self.options) > 2)

    @property
    def is_segments(self) -> bool:
        """Whether few choices stand side by side instead of in a list."""
        return self.field.control == "choice" and self.required and 1 < len(self.options) <= _SEGMENTS

    @property
    def is_group(self) -> bool:
        """Whether it is several inputs under one legend."""
        return self.locked is None and (self.field.control == "multi_choice" or self.is_segments)

    @property
    def described_by(self) -> str:
        """Ids of what explains the control."""
        ids = [f"{self.id}-error"] if self.problem else []
        if self.help:
            ids.append(f"{self.id}-help")
        return " ".join(ids)

    @property
    def check_url(self) -> str:
        """Where a value is checked while it is typed."""
        return record_url("field_check", self.record_type, self.field.key)

    @property
    def options_url(self) -> str:
        """Where choices are searched."""
        return record_url("field_options", self.record_type, self.field.key)

    @property
    def kinds(self) -> str:
        """The kinds of record it applies to; empty for all."""
        return " ".join(self.field.for_kinds)


@dataclass(slots=True)
class FormGroup:
    """Controls under a heading: ``rows`` of one or two, and ``more`` that are rarely needed."""

    key: str
    label: str
    rows: list[list[Control]]
    more: list[list[Control]]
    is_more_open: bool = False


@dataclass(slots=True)
class RecordForm:
    """A form over some fields of a record type."""

    record_type: RecordType
    controls: list[Control]
    form_key: str = ""
    version: int | None = None
    problems: dict[str, str] = field(default_factory=dict)
    was: str = ""

    @property
    def groups(self) -> list[FormGroup]:
        """The controls in the type's groups; a group nobody declared comes last."""
        known = {group.key: str(group.label) for group in self.record_type.groups}
        by_group: dict[str, list[Control]] = {key: [] for key in known}
        for control in self.controls:
            by_group.setdefault(control.field.group, []).append(control)
        found = []
        for key, controls in by_group.items():
            first = [control for control in controls if _is_first(control)]
            more = [control for control in controls if not _is_first(control)]
            if not first:
                first, more = more, []
            if first:
                is_open = any(control.problem or control.value not in ("", None, [], False) for control in more)
                found.append(FormGroup(key, known.get(key, gettext("其他")), _rows(first), _rows(more), is_open))
        return found

    @property
    def initial(self) -> str:
        """What the controls held when the form was drawn, so that only what was really changed is sent on."""
        if self.was:
            return self.was
        values = {control.key: _plain(control.value) for control in self.controls if control.locked is None}
        return json.dumps(values, ensure_ascii=False, separators=(",", ":"))

    @property
    def summary(self) -> list[tuple[str, str, str]]:
        """What has to be changed, as (id of the control or "", label, sentence)."""
        by_key = {control.key: control for control in self.controls}
        rows = []
        for key, sentence in self.problems.items():
            control = by_key.get(key)
            label = control.label if control else _label(self.record_type, key)
            rows.append((control.id if control else "", label, sentence))
        return rows


def new_form(
    record_type: RecordType,
    actor: Actor,
    values: Mapping[str, Any] | None = None,
    problems: Problems | None = None,
    *,
    form_key: str = "",
) -> RecordForm:
    """The form for a new record, filled with ``values`` (raw), else with the fields' defaults."""
    values = values or {}
    controls = []
    for known in record_type.all_fields().values():
        if known.read_only or not record_type.writable(known.key, actor, None):
            continue
        if known.key in values:
            shown = values[known.key]
        elif known.key == "owner":
            shown = str(actor.user_id or "")
        else:
            shown = _default(known)
        controls.append(_control(record_type, known, shown, actor, "create"))
    form = RecordForm(record_type, controls, form_key=form_key or secrets.token_urlsafe(16))
    return _with_problems(form, problems)


def edit_form(
    record_type: RecordType,
    record: Any,
    actor: Actor,
    values: Mapping[str, Any] | None = None,
    problems: Problems | None = None,
    *,
    keys: Iterable[str] | None = None,
    prefix: str = "f",
    was: str = "",
    version: int | None = None,
) -> RecordForm:
    """The form of a stored record, or of some of its fields; fields out of the actor's reach are shown locked."""
    values = values or {}
    presenter = Presenter(record_type, actor)
    wanted = set(keys) if keys is not None else None
    kind = getattr(record, "kind", "")
    controls = []
    for known in presenter.fields.values():
        state = presenter.state(record, known.key)
        if known.read_only or state == HIDDEN or (wanted is not None and known.key not in wanted):
            continue
        if wanted is None and known.for_kinds and kind not in known.for_kinds and "kind" not in presenter.fields:
            continue
        if not may_edit(record_type, record, known.key, actor):
            control = Control(known, record_type, locked=presenter.html(record, known.key), prefix=prefix)
        else:
            shown = values[known.key] if known.key in values else known.form_value(known.get(record))
            control = _control(record_type, known, shown, actor, "assign", record, prefix)
        controls.append(control)
    form = RecordForm(record_type, controls, version=version or record.version, was=was)
    return _with_problems(form, problems)


def may_edit(record_type: RecordType, record: Any, key: str, actor: Actor) -> bool:
    """Whether the actor may change this field of this record; giving it to somebody else is a right of its own."""
    action = "assign" if key == "owner" and record_type.owner_path == "owner_id" else "edit"
    owner_id = record_type.policy.owner_id(record)
    return record_type.writable(key, actor, owner_id) and record_type.policy.allows(actor, action, record)


def read_values(record_type: RecordType, posted: QueryDict) -> dict[str, Any]:
    """Raw values by field key from a posted form; a name that is no field stays, for the operation to refuse."""
    values: dict[str, Any] = {}
    for name in posted:
        if name in OWN_NAMES or name.startswith(KEEP_PREFIX):
            continue
        known = record_type.field(name)
        if isinstance(known, MultiChoiceField):
            values[name] = [str(part) for part in posted.getlist(name) if str(part).strip()]
        elif isinstance(known, FileField):
            values[name] = _kept_file([str(part) for part in posted.getlist(name)])
        else:
            values[name] = str(posted.getlist(name)[-1])
    return values


def _kept_file(parts: list[str]) -> str:
    """The file the form was drawn with, unless it is to be taken away.

    Browsers also send the empty chooser beside it, and that arrives as a last part without text.
    """
    return "" if REMOVED in parts else next((part for part in parts if part), "")


def changed_values(values: Mapping[str, Any], initial: str) -> dict[str, Any]:
    """The values that differ from what the form was drawn with; all of them where that is not known."""
    try:
        was = json.loads(initial)
    except (ValueError, RecursionError):
        was = None
    if not isinstance(was, dict):
        return dict(values)
    return {key: value for key, value in values.items() if key not in was or _plain(value) != _plain(was[key])}


def read_form_key(posted: QueryDict) -> str:
    """The key that makes a form sent twice one act; empty where it has none or a forged one."""
    key = str(posted.get("form_key") or posted.get("client_key") or "")
    return key if _FORM_KEY.fullmatch(key) else ""


def read_version(posted: QueryDict) -> int | None:
    """The version the form was drawn with."""
    text = str(posted.get("version", ""))
    return int(text) if text.isdecimal() and len(text) < 10 else None


def search_records(to: str, query: str, actor: Actor, limit: int = 20) -> list[Option]:
    """Visible records of a type by what the search box finds them by, best first; without a query the newest."""
    known = find_record_type(to)
    if known is None or not actor.allows(known.key, "view"):
        return []
    text = query.strip()[:80]
    if text and is_searchable(known):
        found = find_records(text, actor, only=(known.key,), most=limit)
        return _told_apart([hit.record for hits in found for hit in hits.hits])
    wanted = ListRequest(known, actor, columns=(known.title_field, *known.parents[:1]), size=limit, text=text)
    presenter = Presenter(known, actor)
    return _told_apart([Presented(row, presenter) for row in wanted.page().records])


def _told_apart(found: Sequence[Presented]) -> list[Option]:
    """Choices by name; of those that share a name each says what it belongs to, or its number."""
    shared = {title for title, count in Counter(one.title for one in found).items() if count > 1}
    return [Option(str(one.id), f"{one.title} · {_beside(one)}" if one.title in shared else one.title) for one in found]


def _beside(one: Presented) -> str:
    above = one.record_type.parents[:1]
    return (one.text(above[0]) if above else "") or one.number


def _control(
    record_type: RecordType, known: Field, value: Any, actor: Actor, action: str, record: Any = None, prefix: str = "f"
) -> Control:
    if isinstance(known, YesNoField):
        value = value in (True, "true", "on")
    control = Control(known, record_type, value=value, prefix=prefix, required=known.required)
    control.options = _options(record_type, known, value, actor, action, record)
    if isinstance(known, FileField):
        control.file_name = _file_name(known, str(value or ""), actor, record)
    return control


def _file_name(known: FileField, value: str, actor: Actor, record: Any) -> str:
    """The name of the record's own file or of one's own upload; any other id that was typed names nothing."""
    held = known.get(record) if record is not None else None
    if held is not None and str(held.id) == value:
        return str(held.name)
    if not _is_id(value):
        return ""
    waiting = RecordFile.objects.filter(pk=int(value), record_id=0, uploaded_by_id=actor.user_id, deleted_at=None)
    return waiting.values_list("name", flat=True).first() or ""


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def _options(
    record_type: RecordType, known: Field, value: Any, actor: Actor, action: str, record: Any
) -> Sequence[Option]:
    if isinstance(known, RecordField):
        return _record_options(known, str(value or ""), actor, record)
    if isinstance(known, UserField):
        return _people(record_type, known, str(value or ""), actor, action)
    if isinstance(known, RegionField):
        above = [str(getattr(record, key, "")) for key in known.above] if record is not None else []
        return [Option(name, name) for name in region_names(known.part, above)]
    chosen = set(value if isinstance(value, list) else [str(value)])
    return [option for option in known.options(actor) if option.is_active or option.value in chosen]


def region_names(part: str, above: Sequence[str]) -> list[str]:
    """The official names of a part of an address below the parts ``above``."""
    if part == "province":
        return provinces()
    if part == "city":
        return cities(above[0]) if above else []
    return districts(above[0], above[1]) if len(above) > 1 else []


def _record_options(known: RecordField, value: str, actor: Actor, record: Any) -> list[Option]:
    found = search_records(known.to, "", actor, _FIRST_RECORDS)
    if _is_id(value) and all(option.value != value for option in found):
        if record is not None and str(known.get(record) or "") == value:
            # Whoever may edit a record may keep what it points to, even where that one is out of sight.
            found.insert(0, Option(value, titles(known.to, [int(value)], actor).get(int(value), value)))
        else:
            # What comes from an address or a posted form may be any id.
            found[:0] = _visible_option(known.to, int(value), actor)
    return found


def _visible_option(to: str, record_id: int, actor: Actor) -> list[Option]:
    known = find_record_type(to)
    if known is None:
        return []
    rows = known.model.objects.visible_to(actor).filter(pk=record_id).select_related(*known.related_load)
    return [Option(str(row.pk), present(row, actor).title) for row in rows]


def _people(record_type: RecordType, known: Field, value: str, actor: Actor, action: str) -> list[Option]:
    options = list(known.options(actor))
    if known.key == "owner" and record_type.owner_path == "owner_id":
        reach = actor.owners(record_type.key, action)
        if reach is not None:
            options = [option for option in options if int(option.value) in reach]
    if _is_id(value) and all(option.value != value for option in options):
        options.insert(0, Option(value, person_name(int(value)) or value))
    return options


def _default(known: Field) -> Any:
    value = known.default() if callable(known.default) else known.default
    if value is None:
        return [] if isinstance(known, MultiChoiceField) else False if isinstance(known, YesNoField) else ""
    return known.form_value(known.from_json(value) if known.custom_id is not None else value)


def _with_problems(form: RecordForm, problems: Problems | None) -> RecordForm:
    form.problems = {key: str(sentence) for key, sentence in (problems or {}).items()}
    for control in form.controls:
        control.problem = form.problems.get(control.key, "")
    return form


def _label(record_type: RecordType, key: str) -> str:
    known = record_type.field(key)
    return str(known.label) if known else key[:40]


def _is_first(control: Control) -> bool:
    known = control.field
    always = known.required or known.weight or known.follow_up or known.custom_id is not None
    return bool(always or known.key in ("owner", "tags", "note") or known.key in control.record_type.columns)


def _rows(controls: Sequence[Control]) -> list[list[Control]]:
    rows: list[list[Control]] = []
    for control in controls:
        if rows and len(rows[-1]) == 1 and not control.is_wide and not rows[-1][0].is_wide:
            rows[-1].append(control)
        else:
            rows.append([control])
    return rows


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [str(part) for part in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value if value is not None else "").replace("\r\n", "\n").strip()
