"""The tree of departments in the order and depth a page shows it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from kezhi.access.models import Department


@dataclass(frozen=True, slots=True)
class Branch:
    """A department at its depth (0 for the top)."""

    department: Department
    depth: int


def in_tree_order(departments: Iterable[Department]) -> list[Branch]:
    """Each department followed by those below it."""
    children: dict[int | None, list[Department]] = defaultdict(list)
    for department in sorted(departments, key=lambda row: (row.position, row.pk)):
        children[department.parent_id].append(department)
    result: list[Branch] = []

    def walk(parent: int | None, depth: int) -> None:
        for department in children.get(parent, ()):
            result.append(Branch(department, depth))
            walk(department.pk, depth + 1)

    walk(None, 0)
    return result


def department_choices(*, without: Department | None = None) -> list[tuple[str, str]]:
    """(id, indented name) for a choice; ``without`` leaves a department and everything below it out."""
    return [
        (str(branch.department.pk), "　" * branch.depth + branch.department.label)
        for branch in in_tree_order(Department.objects.all())
        if without is None or not branch.department.path.startswith(without.path)
    ]
