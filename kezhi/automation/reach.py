"""How far a rule would reach: messages and people over any number of records, without walking through them."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q

from kezhi.access.rights import organisation
from kezhi.automation.actions.base import Target
from kezhi.automation.definition import Branch, Definition, Do, Part, Stop, rule_catalogue, rule_reader
from kezhi.automation.people import find_people, present_people
from kezhi.core.conditions import to_q
from kezhi.records.registry import RecordType, find_record_type


@dataclass(slots=True)
class Reach:
    """How often each action would be done, how many messages to how many people; ``at_least``: some are known later."""

    acts: dict[str, int] = field(default_factory=dict)
    messages: int = 0
    people: int = 0
    at_least: bool = False


def count_reach(definition: Definition, matching: Any, total: int) -> Reach:
    """Messages and people over all matching records, worked out per owner: a query per step, whatever their number.

    What stands behind waits and branches counts as the records are now.
    """
    reach, told = Reach(), set()
    for step, rows, count in _steps(definition, definition.parts, matching, total)[0]:
        reach.acts[str(step.action.label)] = reach.acts.get(str(step.action.label), 0) + count
        if step.action.key == "notify" and count:
            messages, people = _told_by(reach, definition.record_type, step, rows)
            reach.messages += messages
            told |= people
    reach.people = len(told)
    return reach


def _told_by(reach: Reach, record_type: RecordType, step: Do, rows: Any) -> tuple[int, set[int]]:
    """How many messages one step makes, and to whom."""
    tokens = [str(who) for who in step.params["to"]]
    paths = {who: path for who in tokens if (path := _column_of(who, record_type))}
    unknown = [who for who in tokens if who.startswith(("actor", "field:", "fact:")) and who not in paths]
    reach.at_least = reach.at_least or bool(unknown)
    plain = [who for who in tokens if who not in paths and who not in unknown]
    groups = rows.order_by().values_list(record_type.owner_path, "created_by_id", *paths.values())
    messages, told = 0, set()
    for owner_id, creator_id, *named, number in groups.annotate(rows=Count("pk")):
        stand_in = Target(_OwnedBy(record_type, owner_id, creator_id), rule_reader(), None)
        found = find_people(plain, stand_in, record_type)
        found += [user for user in named if user in organisation().active_ids]
        people = {user for user, _away in present_people(dict.fromkeys(found))}
        told |= people
        messages += len(people) * number
    return messages, told


def _column_of(token: str, record_type: RecordType) -> str:
    """The column that holds whom ``field:…`` names; "" for another token or a custom field."""
    if not token.startswith("field:"):
        return ""
    own, _dot, rest = token.removeprefix("field:").partition(".")
    known = record_type.field(own)
    if known is None or known.custom_id is not None:
        return ""
    if not rest:
        return known.attribute
    other = find_record_type(getattr(known, "to", ""))
    inner = other.field(rest) if other is not None else None
    if inner is None or inner.custom_id is not None:
        return ""
    return f"{known.attribute.removesuffix('_id')}__{inner.attribute}"


def _steps(
    definition: Definition, parts: tuple[Part, ...], rows: Any, count: int
) -> tuple[list[tuple[Do, Any, int]], Any]:
    """Each action with the records it is done to and their number; and those that go on behind these parts."""
    found: list[tuple[Do, Any, int]] = []
    for part in parts:
        match part:
            case Do():
                found.append((part, rows, count))
            case Branch(condition, then, otherwise):
                q = to_q(condition, rule_catalogue(definition.record_type), rule_reader().condition_context())
                held = rows.filter(pk__in=definition.record_type.model.objects.ungated("rules").filter(q).values("pk"))
                rest = rows.exclude(pk__in=held.values("pk"))
                number = held.count()
                first, on_then = _steps(definition, then, held, number)
                second, on_else = _steps(definition, otherwise, rest, count - number)
                found += [*first, *second]
                if on_then is not held or on_else is not rest:
                    going = [way.values("pk") for way in (on_then, on_else) if way is not None]
                    if not going:
                        return found, None
                    on = Q()
                    for ids in going:
                        on |= Q(pk__in=ids)
                    rows = rows.filter(on)
                    count = rows.count()
            case Stop():
                return found, None
    return found, rows


class _OwnedBy:
    """Stands for any record of one owner, to find out whom a rule would tell."""

    def __init__(self, record_type: Any, owner_id: int | None, creator_id: int | None) -> None:
        self.owner_id = owner_id
        self.created_by_id = creator_id
        self.pk = 0
        first, _dot, rest = str(record_type.owner_path).partition("__")
        if rest:
            setattr(self, first, _Holder(rest, owner_id))

    def __getattr__(self, name: str) -> None:
        return None


class _Holder:
    """One link of the path to an owner."""

    def __init__(self, path: str, owner_id: int | None) -> None:
        first, _dot, rest = path.partition("__")
        setattr(self, first, _Holder(rest, owner_id) if rest else owner_id)
