"""The rules in force, in memory: parsed, compiled and sorted by what starts them; fresh in every process at once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kezhi.automation.definition import Definition, Do, read_definition
from kezhi.automation.models import Rule, RuleVersion
from kezhi.automation.problems import DefinitionProblem
from kezhi.automation.program import Instruction, compile_program
from kezhi.automation.texts import EPOCH
from kezhi.core import epochs
from kezhi.records.registry import find_record_type


@dataclass(frozen=True, slots=True)
class LiveRule:
    """A rule that is on, ready to run. ``pilot_id`` limits it to a department and those below."""

    id: int
    label_zh: str
    label_en: str
    version_id: int
    version: int
    definition: Definition
    program: tuple[Instruction, ...]
    pilot_id: int | None

    @property
    def is_at_once(self) -> bool:
        """Whether it only sets clocks, which is done in the transaction that seals the event."""
        # A webhook names its records itself, which takes a query more than sealing has time for.
        if self.definition.trigger.on == "webhook":
            return False
        return all(isinstance(step, Do) and step.action.at_once for step in self.program)

    @property
    def opens(self) -> bool:
        """Whether it begins something that another rule of the same batch may end."""
        return any(isinstance(step, Do) and step.action.opens for step in self.program)

    @property
    def ref(self) -> str:
        """What stands in events it causes: "12:3"."""
        return f"{self.id}:{self.version}"


RulesByEvent = Mapping[tuple[str, str], Sequence[LiveRule]]


@dataclass(frozen=True, slots=True)
class LiveRules:
    """All rules that are on.

    ``by_event`` sorts those that events start by (record type, kind of event), but for those that are done at once:
    ``opening`` and ``ending``.
    """

    by_id: dict[int, LiveRule]
    by_event: RulesByEvent
    opening: RulesByEvent
    ending: RulesByEvent
    timed: tuple[LiveRule, ...]


def live_rules() -> LiveRules:
    """The rules in force; those that no longer load are left out and shown as broken on their page."""
    return epochs.cached(EPOCH, ("live", epochs.current("fields")), _load)


def compiled(version_id: int) -> tuple[Definition, tuple[Instruction, ...]] | None:
    """The definition and program of any version (a waiting run keeps its own); None when it no longer loads."""
    key = ("version", version_id, epochs.current("fields"))
    return epochs.cached(EPOCH, key, lambda: _load_version(version_id))


def _load() -> LiveRules:
    by_id: dict[int, LiveRule] = {}
    by_event: dict[tuple[str, str], list[LiveRule]] = defaultdict(list)
    opening: dict[tuple[str, str], list[LiveRule]] = defaultdict(list)
    ending: dict[tuple[str, str], list[LiveRule]] = defaultdict(list)
    timed: list[LiveRule] = []
    rows = Rule.objects.filter(is_on=True, deleted_at__isnull=True, current__isnull=False).select_related("current")
    for row in rows.order_by("position", "id"):
        version = row.current
        loaded = _parsed(row.record_type, version) if version else None
        if version is None or loaded is None:
            continue
        definition, program = loaded
        live = LiveRule(row.pk, row.name_zh, row.name_en, version.pk, version.number, definition, program, row.pilot_id)
        by_id[row.pk] = live
        if definition.trigger.is_timed:
            timed.append(live)
        for kind in definition.trigger.event_kinds:
            place = by_event if not live.is_at_once else opening if live.opens else ending
            place[row.record_type, kind].append(live)
    return LiveRules(by_id, dict(by_event), dict(opening), dict(ending), tuple(timed))


def _load_version(version_id: int) -> tuple[Definition, tuple[Instruction, ...]] | None:
    row = RuleVersion.objects.select_related("rule").filter(pk=version_id).first()
    return _parsed(row.rule.record_type, row) if row else None


def _parsed(key: str, version: RuleVersion) -> tuple[Definition, tuple[Instruction, ...]] | None:
    record_type = find_record_type(key)
    if record_type is None:
        return None
    try:
        definition = read_definition(version.definition, record_type)
    except DefinitionProblem:
        return None
    return definition, compile_program(definition)
