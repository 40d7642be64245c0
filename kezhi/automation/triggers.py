"""What starts a rule (AUTO-1).

JSON, by ``on``: created · changed (``fields``) · saved (created or changed; ``fields``) · deleted · event (``event``,
``facts``) · time (``field``, ``direction`` after/before, ``span``, ``again``) · schedule (``cron``; with ``field`` and
``span`` only records whose date lies so far back, with ``most`` only the so many that have waited longest) · webhook
(``endpoint``; ``make`` maps fields to places of the payload, ``{"name": "company.name"}``, and creates a record where
none with the payload's ``number`` or the same ``match`` fields is there).

What is created and changed may be narrowed: ``besides`` names fields whose change alone does not count, ``people`` true
takes only what people did themselves, ``imports`` false (or ``{"figure": key}``, a yes-or-no figure) leaves out what an
import or the command line brought in.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.automation.problems import DefinitionProblem
from kezhi.automation.spans import Span, read_span
from kezhi.core.events import event_kinds
from kezhi.core.figures import boolean_figure, figures, integer_figure
from kezhi.core.jobs.cron import parse_cron
from kezhi.core.models import Event
from kezhi.core.values.problem import ValueProblem
from kezhi.records import kinds
from kezhi.records.registry import RecordType

KINDS: dict[str, str | Promise] = {
    "created": _("新建时"),
    "changed": _("修改时"),
    "saved": _("新建或修改时"),
    "deleted": _("删除时"),
    "event": _("发生事件时"),
    "time": _("过了一段时间"),
    "schedule": _("按时间表"),
    "webhook": _("收到 Webhook 时"),
}
AGAIN: dict[str, str | Promise] = {
    "once": _("只触发一次"),
    "daily": _("之后每天一次"),
    "weekly": _("之后每周一次"),
    "monthly": _("之后每月一次"),
}
AGAIN_DAYS = {"daily": 1, "weekly": 7, "monthly": 30}
_EVENTS_OF = {
    "created": (kinds.CREATED.key,),
    "changed": (kinds.CHANGED.key,),
    "saved": (kinds.CREATED.key, kinds.CHANGED.key),
    "deleted": (kinds.DELETED.key,),
}
_IN_BULK = ("import", "cli")
_BY_PEOPLE = ("user", "token")
_MOST = 5000
_PLACE = re.compile(r"[\w-]{1,60}(\.[\w-]{1,60}){0,5}")
WEBHOOK_EVENT = "webhook.received"


@dataclass(frozen=True, slots=True)
class Trigger:
    """When a rule looks at a record. Only the parts its ``on`` names mean anything."""

    on: str
    fields: tuple[str, ...] = ()
    event: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    date_field: str = ""
    direction: str = "after"
    span: Span = field(default_factory=lambda: Span(0, "day"))
    again: str = "once"
    cron: str = ""
    endpoint: str = ""
    besides: tuple[str, ...] = ()
    people: bool = False
    imports: bool = True
    imports_figure: str = ""
    most: int = 0
    most_figure: str = ""
    make: Mapping[str, str] = field(default_factory=dict)
    match: tuple[str, ...] = ()

    @property
    def event_kinds(self) -> tuple[str, ...]:
        """The kinds of event that start it; none for time and schedules."""
        if self.on == "event":
            return (self.event,)
        return (WEBHOOK_EVENT,) if self.on == "webhook" else _EVENTS_OF.get(self.on, ())

    @property
    def is_timed(self) -> bool:
        """Whether it is found by scanning and not by an event."""
        return self.on in ("time", "schedule")

    @property
    def limit(self) -> int | None:
        """How many records a schedule takes at a time; None for all."""
        return (integer_figure(self.most_figure) if self.most_figure else self.most) or None

    def cares_for(self, changed: Collection[str]) -> bool:
        """Whether changes of these fields could start it at all; a quick no before it is asked of each event."""
        return not self.fields or not frozenset(self.fields).isdisjoint(changed)

    def wants(self, event: Event, changed: Collection[str], facts: Mapping[str, Any]) -> bool:
        """Whether an event, with these changed fields and facts, starts it."""
        if event.kind not in self.event_kinds:
            return False
        if self.on in ("changed", "saved") and event.kind == kinds.CHANGED.key:
            if self.fields and not set(self.fields) & set(changed):
                return False
            if self.besides and not set(changed) - set(self.besides):
                return False
        if self.people and event.actor_kind not in _BY_PEOPLE:
            return False
        if event.door in _IN_BULK and not self._takes_imports():
            return False
        if self.on == "webhook":
            return not self.endpoint or str(facts.get("endpoint", "")) == self.endpoint
        return all(_same(facts.get(key), wanted) for key, wanted in self.facts.items())

    def _takes_imports(self) -> bool:
        return boolean_figure(self.imports_figure) if self.imports_figure else self.imports


def _same(value: object, wanted: object) -> bool:
    """A list of wanted values means any of them."""
    if isinstance(wanted, list):
        return any(_same(value, item) for item in wanted)
    return str(value).casefold() == str(wanted).casefold()


def read_trigger(raw: object, record_type: RecordType) -> Trigger:
    """A trigger from JSON.

    Raises:
        DefinitionProblem: unknown kind, field or event, or a span or time table that cannot be.
    """
    if not isinstance(raw, dict) or raw.get("on") not in KINDS:
        raise DefinitionProblem(_("请选择什么时候触发"), "when.on")
    on = str(raw["on"])
    if on in ("created", "changed", "saved"):
        return _read_writing(on, raw, record_type)
    if on == "event":
        event = str(raw.get("event", ""))
        if event not in event_kinds():
            raise DefinitionProblem(_("请选择事件"), "when.event")
        facts = raw.get("facts") or {}
        if not isinstance(facts, dict):
            raise DefinitionProblem(_("事件的条件格式不对"), "when.facts")
        return Trigger(on, event=event, facts=facts)
    if on == "time":
        return _read_time(raw, record_type)
    if on == "schedule":
        cron = str(raw.get("cron", ""))
        try:
            parse_cron(cron)
        except ValueError:
            raise DefinitionProblem(_("时间表写得不对"), "when.cron") from None
        return _read_schedule(raw, cron, record_type)
    if on == "webhook":
        return _read_webhook(raw, record_type)
    return Trigger(on)


def _read_writing(on: str, raw: Mapping[str, Any], record_type: RecordType) -> Trigger:
    named: dict[str, tuple[str, ...]] = {}
    for part in ("fields", "besides"):
        named[part] = tuple(str(key) for key in raw.get(part) or ()) if on != "created" else ()
        if missing := [key for key in named[part] if record_type.field(key) is None]:
            raise DefinitionProblem(_("字段“%(field)s”已不存在") % {"field": missing[0]}, f"when.{part}")
    imports, figure = raw.get("imports", True), ""
    if isinstance(imports, dict):
        figure = str(imports.get("figure", ""))
        if all(known.key != figure or known.kind != "boolean" for known in figures()):
            raise DefinitionProblem(_("没有这个参数"), "when.imports")
    return Trigger(
        on,
        fields=named["fields"],
        besides=named["besides"],
        people=raw.get("people") is True,
        imports=imports is not False,
        imports_figure=figure,
    )


def _read_webhook(raw: Mapping[str, Any], record_type: RecordType) -> Trigger:
    endpoint, given, match = str(raw.get("endpoint", "")), raw.get("make") or {}, raw.get("match") or []
    if not isinstance(given, dict) or not isinstance(match, list):
        raise DefinitionProblem(_("规则的格式不对"), "when.make")
    make: dict[str, str] = {}
    for key, place in given.items():
        known = record_type.field(str(key))
        if known is None or known.read_only:
            raise DefinitionProblem(_("请选择一个可以修改的字段"), f"when.make.{key}")
        if not _PLACE.fullmatch(str(place)):
            raise DefinitionProblem(_("载荷里的位置写成 company.name 这样，用点隔开"), f"when.make.{key}")
        make[known.key] = str(place)
    if not make:
        return Trigger("webhook", endpoint=endpoint)
    if not endpoint:
        raise DefinitionProblem(_("要新建记录，请写明是哪个入口"), "when.endpoint")
    missing = [known for known in record_type.all_fields().values() if known.required and not known.read_only]
    missing = [known for known in missing if known.key not in make and known.default in (None, "")]
    if missing and missing[0].key != "owner":
        raise DefinitionProblem(_("请填写“%(name)s”") % {"name": missing[0].label}, f"when.make.{missing[0].key}")
    keys = tuple(str(key) for key in match) or (record_type.title_field,)
    if strange := [key for key in keys if key not in make]:
        known = record_type.field(strange[0])
        words = {"field": known.label if known else strange[0]}
        raise DefinitionProblem(_("“%(field)s”用来认同一条记录，请写明它在载荷里的位置") % words, "when.match")
    return Trigger("webhook", endpoint=endpoint, make=make, match=keys)


def _read_schedule(raw: Mapping[str, Any], cron: str, record_type: RecordType) -> Trigger:
    most, figure = raw.get("most") or 0, ""
    if isinstance(most, dict):
        figure, most = str(most.get("figure", "")), 0
        if all(known.key != figure or known.kind != "integer" for known in figures()):
            raise DefinitionProblem(_("没有这个参数"), "when.most")
    try:
        most = int(str(most))
    except ValueError:
        raise DefinitionProblem(_("请填写一个整数"), "when.most") from None
    if not 0 <= most <= _MOST:
        raise DefinitionProblem(_("一次最多 %(most)s 条") % {"most": _MOST}, "when.most")
    if not raw.get("field"):
        if most or figure:
            raise DefinitionProblem(_("只看一部分记录时，请选择按哪个日期排先后"), "when.field")
        return Trigger("schedule", cron=cron)
    key, span = _date_field(raw, record_type), Span(0, "day")
    if raw.get("span"):
        try:
            span = read_span(raw["span"])
        except ValueProblem as problem:
            raise DefinitionProblem(problem.message, "when.span") from problem
    return Trigger("schedule", cron=cron, date_field=key, span=span, most=most, most_figure=figure)


def _date_field(raw: Mapping[str, Any], record_type: RecordType) -> str:
    key = str(raw.get("field", ""))
    known = record_type.field(key)
    if known is None or known.condition_kind not in ("date", "datetime") or known.custom_id is not None:
        raise DefinitionProblem(_("请选择一个日期字段"), "when.field")
    return key


def _read_time(raw: Mapping[str, Any], record_type: RecordType) -> Trigger:
    key = _date_field(raw, record_type)
    direction = str(raw.get("direction", "after"))
    again = str(raw.get("again", "once"))
    if direction not in ("after", "before") or again not in AGAIN:
        raise DefinitionProblem(_("请选择什么时候触发"), "when.direction")
    try:
        span = read_span(raw.get("span"))
    except ValueProblem as problem:
        raise DefinitionProblem(problem.message, "when.span") from problem
    return Trigger("time", date_field=key, direction=direction, span=span, again=again)


def trigger_json(trigger: Trigger) -> dict[str, Any]:
    """What :func:`read_trigger` reads."""
    match trigger.on:
        case "created" | "changed" | "saved":
            return _writing_json(trigger)
        case "event":
            return {"on": "event", "event": trigger.event, "facts": dict(trigger.facts)}
        case "time":
            return {
                "on": "time",
                "field": trigger.date_field,
                "direction": trigger.direction,
                "span": trigger.span.to_json(),
                "again": trigger.again,
            }
        case "schedule":
            result: dict[str, Any] = {"on": "schedule", "cron": trigger.cron}
            if trigger.date_field:
                result |= {"field": trigger.date_field, "span": trigger.span.to_json()}
            if trigger.most or trigger.most_figure:
                result["most"] = {"figure": trigger.most_figure} if trigger.most_figure else trigger.most
            return result
        case "webhook":
            made = {"make": dict(trigger.make), "match": list(trigger.match)} if trigger.make else {}
            return {"on": "webhook", "endpoint": trigger.endpoint, **made}
        case _:
            return {"on": trigger.on}


def _writing_json(trigger: Trigger) -> dict[str, Any]:
    result: dict[str, Any] = {"on": trigger.on}
    if trigger.on != "created":
        result["fields"] = list(trigger.fields)
    if trigger.besides:
        result["besides"] = list(trigger.besides)
    if trigger.people:
        result["people"] = True
    if trigger.imports_figure:
        result["imports"] = {"figure": trigger.imports_figure}
    elif not trigger.imports:
        result["imports"] = False
    return result
