"""What starts a rule (AUTO-1).

JSON, by ``on``: created · changed (``fields``) · deleted · event (``event``, ``facts``) · time (``field``,
``direction`` after/before, ``span``, ``again``) · schedule (``cron``) · webhook (``endpoint``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.automation.problems import DefinitionProblem
from kezhi.automation.spans import Span, read_span
from kezhi.core.events import event_kinds
from kezhi.core.jobs.cron import parse_cron
from kezhi.core.values.problem import ValueProblem
from kezhi.records import kinds
from kezhi.records.registry import RecordType

KINDS: dict[str, str | Promise] = {
    "created": _("新建时"),
    "changed": _("修改时"),
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
_EVENT_OF = {"created": kinds.CREATED.key, "changed": kinds.CHANGED.key, "deleted": kinds.DELETED.key}
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

    @property
    def event_kind(self) -> str:
        """The kind of event that starts it; "" for time and schedules."""
        if self.on == "event":
            return self.event
        return WEBHOOK_EVENT if self.on == "webhook" else _EVENT_OF.get(self.on, "")

    @property
    def is_timed(self) -> bool:
        """Whether it is found by scanning and not by an event."""
        return self.on in ("time", "schedule")

    def wants(self, kind: str, changed: Sequence[str] | frozenset[str], facts: Mapping[str, Any]) -> bool:
        """Whether an event of this kind, with these changed fields and facts, starts it."""
        if kind != self.event_kind or not self.event_kind:
            return False
        if self.on == "changed" and self.fields and not set(self.fields) & set(changed):
            return False
        if self.on == "webhook":
            return not self.endpoint or str(facts.get("endpoint", "")) == self.endpoint
        return all(_same(facts.get(key), wanted) for key, wanted in self.facts.items())


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
    if on == "changed":
        fields = tuple(str(key) for key in raw.get("fields") or ())
        if missing := [key for key in fields if record_type.field(key) is None]:
            raise DefinitionProblem(_("字段“%(field)s”已不存在") % {"field": missing[0]}, "when.fields")
        return Trigger(on, fields=fields)
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
        return Trigger(on, cron=cron)
    if on == "webhook":
        return Trigger(on, endpoint=str(raw.get("endpoint", "")))
    return Trigger(on)


def _read_time(raw: Mapping[str, Any], record_type: RecordType) -> Trigger:
    key = str(raw.get("field", ""))
    known = record_type.field(key)
    if known is None or known.condition_kind not in ("date", "datetime") or known.custom_id is not None:
        raise DefinitionProblem(_("请选择一个日期字段"), "when.field")
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
        case "changed":
            return {"on": "changed", "fields": list(trigger.fields)}
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
            return {"on": "schedule", "cron": trigger.cron}
        case "webhook":
            return {"on": "webhook", "endpoint": trigger.endpoint}
        case _:
            return {"on": trigger.on}
