"""What a domain adds to the generic operations of its record type."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.functional import Promise

from kezhi.access.actors import Actor
from kezhi.core.events import EventDraft

if TYPE_CHECKING:
    from kezhi.records.registry import RecordType


@dataclass(slots=True)
class Draft:
    """A record about to be stored, with its new values already set.

    ``before`` holds the old values of what changed (all fields' for a new record: nothing). ``problems`` collects a
    sentence per field; one problem refuses the save. ``facts`` go to the event.
    """

    record: Any
    before: dict[str, Any]
    after: dict[str, Any]
    actor: Actor
    is_new: bool
    problems: dict[str, str | Promise] = field(default_factory=dict)
    warnings: dict[str, str | Promise] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    def changed(self, *keys: str) -> bool:
        """Whether one of these fields changes (or is set at creation)."""
        return any(key in self.after for key in keys)


class Behaviour:
    """The hooks of a record type; each does nothing unless a domain overrides it.

    The generic operations call them inside their transaction: ``check`` may add problems, ``derive`` fills stored facts
    before the rows are written, ``stored`` writes what hangs on them and may give further events.
    """

    def check(self, record_type: "RecordType", drafts: Sequence[Draft]) -> None:
        """Add to ``draft.problems`` what speaks against storing it."""

    def begin(self, given: Mapping[str, Any], actor: Actor) -> Mapping[str, Any]:
        """What the form of a new record begins with, by field as typed, since it was opened with ``given``.

        Only what this reader may see of others' records; what was given itself stays.
        """
        return {}

    def consents(self, record: Any) -> frozenset[str]:
        """Kinds of sensitive data the record's recorded consent covers (CUS-8)."""
        return frozenset()

    def history_ids(self, record: Any) -> Sequence[int]:
        """Ids of further records of the same type whose history this one's timeline shows (merged ones)."""
        return ()

    def moved_to(self, record_id: int) -> int | None:
        """Id of the record of the same type that this one became part of, so that old addresses lead there."""
        return None

    def derive(self, record_type: "RecordType", drafts: Sequence[Draft]) -> Sequence[str]:
        """Fill stored facts; gives the columns it may have changed, so that a change saves them too."""
        return ()

    def stored(self, record_type: "RecordType", drafts: Sequence[Draft]) -> Sequence[EventDraft]:
        """Write what belongs to the stored records; gives further events of the same act."""
        return ()

    def name_key(self, text: str) -> tuple[str, str] | None:
        """The column and value by which a name finds records although it is written a little differently."""
        return None

    def in_hand(self) -> Q:
        """Which records move to somebody else when their owner leaves (ORG-6); what is finished may stay."""
        return Q()

    def suits(self, records: Sequence[Any]) -> Mapping[int, Mapping[int, int]]:
        """Record id → user id → in how many ways this person is good at what the record needs (LEAD-3)."""
        return {}

    def removed(self, record_type: "RecordType", records: Sequence[Any], actor: Actor) -> None:
        """The records went to the recycle bin."""

    def may_return(self, record_type: "RecordType", records: Sequence[Any]) -> None:
        """Raise :class:`InvalidRecord` where something meanwhile stands in the way of records in the recycle bin."""

    def restored(self, record_type: "RecordType", records: Sequence[Any], actor: Actor) -> None:
        """The records came back from the recycle bin."""
