"""What has happened to one record, as the rules about it saw it: what started them, and what did not."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max
from django.utils.translation import gettext

from kezhi.automation.catalogue import LiveRule
from kezhi.automation.models import Rule, RuleRun
from kezhi.automation.sentences import trigger_phrases
from kezhi.core.clock import local
from kezhi.core.conditions import plain_text
from kezhi.core.events import read_facts
from kezhi.core.models import Event
from kezhi.records.registry import RecordType

# Further back nobody asks why a rule did not run.
_MOST = 300


@dataclass(frozen=True, slots=True)
class History:
    """The latest events of a record, when each rule last ran for it, since when each is on; in three queries."""

    events: Sequence[Event]
    ran_at: dict[int, datetime]
    on_since: dict[int, datetime | None]

    @classmethod
    def of(cls, record_type: RecordType, record_id: int, rule_ids: Collection[int]) -> "History":
        """The history of one record."""
        events = Event.objects.filter(subjects__record_type=record_type.key, subjects__record_id=record_id)
        runs = RuleRun.objects.filter(record_type=record_type.key, record_id=record_id).order_by()
        return cls(
            list(events.order_by("-pk")[:_MOST]),
            dict(runs.values_list("rule_id").annotate(last=Max("started_at"))),
            dict(Rule.objects.filter(pk__in=rule_ids).values_list("pk", "turned_at")),
        )

    def words(self, live: LiveRule, unmet: Sequence[str]) -> str:
        """Whether the rule ran for the record, and if not why, in a sentence or two."""
        trigger = live.definition.trigger
        ran_at, since = self.ran_at.get(live.id), self.on_since.get(live.id)
        now_words = gettext("；").join(unmet)
        if ran_at is not None:
            said = gettext("%(when)s 运行过") % {"when": _moment(ran_at)}
        elif trigger.is_timed:
            if not unmet:
                return gettext("条件都满足，下次检查时触发")
            return gettext("不会触发：%(why)s") % {"why": now_words}
        else:
            last = self._last_start(live)
            starts = plain_text(trigger_phrases(trigger, live.definition.record_type))
            if last is None:
                said = gettext("还没有触发过：%(starts)s时才触发") % {"starts": starts}
            elif since is not None and last < since:
                said = gettext("%(when)s 该触发时，规则还没启用") % {"when": _moment(last)}
            else:
                said = gettext("%(when)s 该触发时，条件不满足") % {"when": _moment(last)}
        if not unmet:
            return said
        return gettext("%(said)s；现在不会触发：%(why)s") % {"said": said, "why": now_words}

    def _last_start(self, live: LiveRule) -> datetime | None:
        """When something last happened that starts the rule."""
        trigger = live.definition.trigger
        for event in self.events:
            if event.kind in trigger.event_kinds and trigger.wants(event, json.loads(event.changes), read_facts(event)):
                return event.at
        return None


def _moment(at: datetime) -> str:
    return local(at).strftime("%Y-%m-%d %H:%M")
