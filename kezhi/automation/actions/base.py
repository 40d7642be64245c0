"""What rules can do: small registered classes, each with its parameters, its words and its effect (AUTO-1).

An action works set-wise: it gets all records a rule reached in one go. What it stores commits together with the run.
Outside effects (mail, robots, webhooks) are handed to deliveries and jobs in that same transaction, never done here.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from django.utils.functional import Promise

from kezhi.access.actors import Actor
from kezhi.core.clock import now
from kezhi.core.conditions import Phrase
from kezhi.core.models import Event
from kezhi.records.registry import RecordType

Text = str | Promise
Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter of an action.

    ``kind`` decides form, check and words: people, words (text with fields, in both languages), field, date_field (of
    the record), related (a field that names another record; left empty it is this record), value (of the field named by
    the parameter ``of``), choice (``options``), span, tags, number, line, yesno, record_type, cases, values.
    """

    key: str
    label: Text
    kind: str
    required: bool = True
    options: Callable[[], Sequence[tuple[str, Text]]] | None = None
    default: Any = None
    help: Text = ""
    of: str = ""


@dataclass(frozen=True, slots=True)
class Effects:
    """What an action would touch, for finding conflicts and loops (AUTO-4) and what leaves the house (AUTO-9).

    ``changes`` are (record type, field), with ``"*"`` for any field; ``creates`` record types; ``events`` further
    kinds. ``sends`` names destinations outside.
    """

    changes: frozenset[tuple[str, str]] = frozenset()
    creates: frozenset[str] = frozenset()
    events: frozenset[str] = frozenset()
    sends: frozenset[str] = frozenset()


@dataclass(slots=True)
class Target:
    """One record a rule is at work on. ``facts`` are those of the event; ``did`` takes what the action did."""

    record: Any
    actor: Actor
    run_id: int | None
    event: Event | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    did: Facts = field(default_factory=dict)

    @property
    def at(self) -> datetime:
        """When what started the rule happened; now for one by time."""
        return self.event.at if self.event is not None else now()


@dataclass(frozen=True, slots=True)
class Step:
    """What an action needs to know of where it stands; ``prepared`` is what :meth:`Action.prepare` gave, if asked."""

    rule_id: int
    rule_label: str
    version: int
    number: int
    record_type: RecordType
    params: Mapping[str, Any]
    prepared: Any = None

    @property
    def rule_ref(self) -> str:
        """The rule and its version in words for logs ("12:3")."""
        return f"{self.rule_id}:{self.version}"


def may_see(record_type: RecordType, record: Any, reader: Actor) -> bool:
    """Whether somebody may be told of a record at all."""
    return reader.allows(record_type.key, "view") and record_type.policy.allows(reader, "view", record)


class ActionFailed(Exception):
    """An action that could not be done for a reason a person understands; the run fails with this sentence."""

    def __init__(self, message: Text) -> None:
        super().__init__(str(message))
        self.message = message


class Action:
    """The base of every action. ``key`` is stored in rules and never changes."""

    key: ClassVar[str]
    label: ClassVar[Text]
    icon: ClassVar[str] = "bolt"
    order: ClassVar[int] = 50
    params: ClassVar[tuple[Param, ...]] = ()
    # Clocks: a rule of nothing else does its work in the transaction that seals the event, so that no sweep can come
    # between. It must be cheap for many records, come to the same when done twice, and send nothing.
    at_once: ClassVar[bool] = False
    # Comes before those that end what it begins, where one batch of events holds both.
    opens: ClassVar[bool] = False

    def applies_to(self, record_type: RecordType) -> bool:
        """Whether rules about records of this type may use it."""
        return True

    def check(self, params: Mapping[str, Any], record_type: RecordType) -> None:
        """Raise ``DefinitionProblem`` for what the parameters' own kinds cannot see."""

    def concerned(self, params: Mapping[str, Any], record_type: RecordType, ids: Collection[int]) -> set[int]:
        """Which of these records an action that is done at once would do anything to; others start no run."""
        return set(ids)

    def phrases(self, params: Mapping[str, Any], record_type: RecordType) -> list[Phrase]:
        """The action as part of the rule's sentence."""
        raise NotImplementedError

    def prepare(self, step: Step, targets: Sequence[Target]) -> Any:
        """What of :meth:`perform` only reads, worked out before the transaction in which all writing waits for it.

        Not every time: ``perform`` does without where ``step.prepared`` is None.
        """
        return None

    def perform(self, step: Step, targets: Sequence[Target]) -> None:
        """Do it for all targets and note in ``target.did`` what was done.

        Raises:
            ActionFailed: with a sentence; tried again target by target, so one bad record stops nobody else.
        """
        raise NotImplementedError

    def foresee(self, step: Step, targets: Sequence[Target]) -> None:
        """Note in ``target.did`` what :meth:`perform` would do, changing nothing."""
        raise NotImplementedError

    def told(self, facts: Mapping[str, Any], record_type: RecordType) -> str:
        """What was (or would be) done to one record, in words, from what ``did`` kept."""
        raise NotImplementedError

    def effects(self, params: Mapping[str, Any], record_type: RecordType) -> Effects:
        """What it would touch."""
        return Effects()


_actions: dict[str, Action] = {}


def register_action(action: Action) -> Action:
    """Make an action known to rules."""
    if action.key in _actions and type(_actions[action.key]) is not type(action):
        raise ValueError(f"two actions are called {action.key!r}")
    _actions[action.key] = action
    return action


def find_action(key: str) -> Action | None:
    """An action by its key; None for one no installed code knows (the rule then shows as broken)."""
    return _actions.get(key)


def actions_for(record_type: RecordType) -> list[Action]:
    """The actions rules about these records may use, in order."""
    return sorted(
        (known for known in _actions.values() if known.applies_to(record_type)), key=lambda known: known.order
    )
