"""Who stands above whom: a person's manager, else the head of their department or of the one above it."""

from kezhi.access.rights import EPOCH, organisation, stand_ins
from kezhi.core import epochs


def superior_of(user_id: int) -> int | None:
    """The active person directly above somebody, or None at the top."""
    line = line_above(user_id)
    return line[0] if line else None


def line_above(user_id: int) -> tuple[int, ...]:
    """Everybody above a person from the nearest up; leavers are passed over, nobody stands in it twice."""
    return epochs.cached(EPOCH, ("line", user_id), lambda: _line(user_id))


def department_head(department_id: int) -> int | None:
    """The active head of a department, else of the nearest one above it that has one."""
    people = organisation()
    path = people.department_paths.get(department_id, "")
    return next((head for _key, head in _heads_upward(path) if head in people.active_ids), None)


def present_person(user_id: int) -> int:
    """The person, or while they are away their stand-in (ORG-6)."""
    return stand_ins().get(user_id, user_id)


def _line(user_id: int) -> tuple[int, ...]:
    people = organisation()
    managers = {report: boss for boss, reports in people.reports.items() for report in reports}
    found: list[int] = []
    seen = {user_id}
    waiting = user_id
    while True:
        above = managers.get(waiting)
        if above is None or above in seen:
            above = next((head for head in _heads_of(waiting) if head not in seen), None)
        if above is None:
            return tuple(found)
        seen.add(above)
        waiting = above
        if above in people.active_ids:
            found.append(above)


def _heads_of(user_id: int) -> list[int]:
    people = organisation()
    path = people.department_paths.get(people.user_departments.get(user_id, 0), "")
    return [head for _key, head in _heads_upward(path)]


def _heads_upward(path: str) -> list[tuple[int, int]]:
    """Departments with a head along a path, the nearest first."""
    people = organisation()
    along = [(len(other), key) for key, other in people.department_paths.items() if other and path.startswith(other)]
    return [
        (key, people.department_heads[key])
        for _length, key in sorted(along, reverse=True)
        if key in people.department_heads
    ]
