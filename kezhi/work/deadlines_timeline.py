"""What happened to a promise, in words, on the timeline of its record."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.safestring import SafeString
from django.utils.translation import gettext

from kezhi.access.rights import organisation
from kezhi.core.events import Json, read_facts
from kezhi.core.models import Event
from kezhi.records.actor_names import actor_words
from kezhi.records.timeline import Item, Words, register_renderer, sentence
from kezhi.ui import html
from kezhi.ui.shown import moment_words
from kezhi.work import deadlines_events as events
from kezhi.work.deadlines_kinds import deadline_kind


def words(item: Item) -> Words:
    """The line of one event; on the timeline of another record it names the one it is about."""
    said = _sentence(item.event.kind, item.facts, item.who)
    if not item.is_own and item.presented is not None:
        said = sentence(
            gettext("%(type)s %(record)s：%(words)s"), type=item.type_label, record=item.subject, words=said
        )
    return Words(said, mark=item.kind.icon)


def clock_line(event: Event) -> SafeString:
    """The line of one event on the page of its deadline."""
    return _sentence(event.kind, read_facts(event), SafeString(html.esc(actor_words(event))))


def names(user_ids: object) -> str:
    """The names of the people in an event's fact."""
    people = organisation().user_names
    ids = user_ids if isinstance(user_ids, list) else []
    return gettext("、").join(people.get(int(str(user_id)), "") for user_id in ids)


def _sentence(event: str, facts: Mapping[str, Json], who: SafeString) -> SafeString:
    kind = deadline_kind(str(facts.get("kind", "")))
    values = {
        "who": who,
        "kind": str(kind.label) if kind is not None else str(facts.get("kind", "")),
        "due": _moment(facts.get("due")),
        "was": _moment(facts.get("was")),
        "percent": facts.get("percent", ""),
        "reason": facts.get("reason") or "",
        "level": facts.get("level", ""),
        "names": names(facts.get("to")),
    }
    match event:
        case events.STARTED.key:
            template = gettext("“%(kind)s”开始计时，%(due)s 截止")
        case events.PAUSED.key if facts.get("binned"):
            template = gettext("“%(kind)s”随记录一起停止计时")
        case events.PAUSED.key:
            template = gettext("%(who)s 暂停了“%(kind)s”的计时，原因：%(reason)s")
        case events.RESUMED.key if facts.get("binned"):
            template = gettext("“%(kind)s”随记录恢复计时，%(due)s 截止")
        case events.RESUMED.key:
            template = gettext("%(who)s 恢复了“%(kind)s”的计时，%(due)s 截止")
        case events.MOVED.key if facts.get("because") == "calendar":
            template = gettext("工作日历或工作时间有变，“%(kind)s”从 %(was)s 改为 %(due)s 截止")
        case events.MOVED.key:
            template = gettext("“%(kind)s”从 %(was)s 改为 %(due)s 截止")
        case events.WARNED.key:
            template = gettext("“%(kind)s”已用去 %(percent)s%% 的时间，%(due)s 截止")
        case events.BREACHED.key:
            template = gettext("“%(kind)s”逾期，应在 %(due)s 前完成")
        case events.ESCALATED.key:
            template = gettext("“%(kind)s”逾期未完成，已上报 %(names)s（第 %(level)s 级）")
        case events.MET.key if facts.get("in_time"):
            template = gettext("“%(kind)s”按时完成")
        case events.MET.key:
            template = gettext("“%(kind)s”已完成，晚于 %(due)s")
        case _ if values["reason"]:
            template = gettext("“%(kind)s”不再计时，原因：%(reason)s")
        case _:
            template = gettext("“%(kind)s”不再计时")
    return sentence(template, **values)


def _moment(value: object) -> str:
    try:
        return moment_words(datetime.fromisoformat(str(value)))
    except ValueError:
        return ""


for _kind in events.KINDS:
    register_renderer(_kind.key, words)
