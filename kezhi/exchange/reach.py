"""How far somebody's rights reached when a file was made, and whether they still do when it is fetched."""

from collections.abc import Sequence

from kezhi.access.actors import Actor
from kezhi.access.models import FieldLevel
from kezhi.core.events import Json
from kezhi.records.registry import RecordType


def reach_of(known: RecordType, columns: Sequence[str], actor: Actor) -> dict[str, Json]:
    """How far the actor's rights reach, to compare with later: owners (None: everybody's) and columns."""
    reach: dict[str, Json] = {}
    for action in ("view", "export"):
        owners = actor.owners(known.key, action)
        reach[action] = None if owners is None else [*sorted(owners)]
    reach["above"] = [*sorted(actor.rights.above_ids)] if not actor.rights.everything else None
    reach["levels"] = {key: known.level(key, actor) for key in columns}
    return reach


def reach_is_held(then: object, known: RecordType, columns: Sequence[str], actor: Actor) -> bool:
    """What stands in the file was right when it was made; whoever has lost any of that since may not fetch it."""
    if not isinstance(then, dict):
        return False
    present = reach_of(known, columns, actor)
    for part in ("view", "export", "above"):
        held, needed = present[part], then.get(part)
        if held is None:
            continue
        if (
            not isinstance(held, list)
            or not isinstance(needed, list)
            or not set(map(str, needed)) <= set(map(str, held))
        ):
            return False
    levels = present["levels"]
    return isinstance(levels, dict) and all(
        _openness(str(levels.get(key, FieldLevel.HIDDEN))) >= _openness(str(level))
        for key, level in dict(then.get("levels", {})).items()
    )


def _openness(level: str) -> int:
    order = [FieldLevel.HIDDEN, FieldLevel.MASKED, FieldLevel.OWNER, FieldLevel.READ, FieldLevel.WRITE]
    # Who may write a field reads it just as well as who may only read it.
    return min(order.index(FieldLevel(level)), order.index(FieldLevel.READ))
