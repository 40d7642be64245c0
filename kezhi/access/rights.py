"""What one user may do, worked out once and cached until anything about access changes."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q

from kezhi.access.models import Absence, Department, FieldLevel, FieldRule, Grant, Scope, User, UserRole
from kezhi.core import epochs
from kezhi.core.clock import today

_SCOPE_ORDER = [Scope.OWN, Scope.DEPARTMENT, Scope.BELOW, Scope.ALL]
_LEVEL_ORDER = [FieldLevel.HIDDEN, FieldLevel.MASKED, FieldLevel.OWNER, FieldLevel.READ, FieldLevel.WRITE]

EPOCH = "access"


@dataclass(frozen=True, slots=True)
class Rights:
    """The merged rights of one user on one day.

    ``own_ids`` are the user and whoever the user stands in for; ``above_ids`` adds everybody who answers to the user.
    ``grants`` maps (subject, action) to the widest scope; ``levels`` maps (record type, field) to the most open level.
    """

    user_id: int | None
    name: str
    roles: frozenset[str]
    department_id: int | None
    department_ids: frozenset[int]
    own_ids: frozenset[int]
    department_user_ids: frozenset[int]
    below_user_ids: frozenset[int]
    above_ids: frozenset[int]
    grants: dict[tuple[str, str], str]
    levels: dict[tuple[str, str], str]
    everything: bool = False
    _scopes: dict[str, frozenset[int]] = field(default_factory=dict, compare=False, repr=False)

    def allows(self, subject: str, action: str) -> bool:
        """Whether the user may do this to any record of the subject at all."""
        return self.everything or (subject, action) in self.grants

    def scope(self, subject: str, action: str) -> str | None:
        """How far the action reaches; None: not at all."""
        return Scope.ALL if self.everything else self.grants.get((subject, action))

    def owners(self, subject: str, action: str) -> frozenset[int] | None:
        """Ids of the owners whose records the action reaches; None for everybody's."""
        if self.everything:
            return None
        scope = self.grants.get((subject, action))
        match scope:
            case None:
                return frozenset()
            case Scope.ALL:
                return None
            case Scope.BELOW:
                return self.below_user_ids | self.own_ids
            case Scope.DEPARTMENT:
                return self.department_user_ids | self.own_ids
            case _:
                return self.own_ids


def system_rights(name: str) -> Rights:
    """The declared rights of work the system does in its own name; every such deed is logged under that name."""
    empty: frozenset[int] = frozenset()
    return Rights(None, name, frozenset(), None, empty, empty, empty, empty, empty, {}, {}, everything=True)


def rights_of(user_id: int, *, day: date | None = None) -> Rights:
    """The rights of a user today (or on ``day``); nothing at all for somebody inactive or unknown."""
    day = day or today()
    return epochs.cached(EPOCH, ("rights", user_id, day), lambda: _load(user_id, day))


@dataclass(frozen=True, slots=True)
class Organisation:
    """Everybody at a glance: departments' paths, who is where, who answers to whom."""

    department_paths: dict[int, str]
    department_heads: dict[int, int]
    user_departments: dict[int, int]
    user_names: dict[int, str]
    active_ids: frozenset[int]
    reports: dict[int, frozenset[int]]

    def departments_below(self, department_id: int) -> frozenset[int]:
        """The department and all below it."""
        prefix = self.department_paths.get(department_id)
        if prefix is None:
            return frozenset()
        return frozenset(key for key, path in self.department_paths.items() if path.startswith(prefix))

    def members(self, department_ids: Iterable[int]) -> frozenset[int]:
        """The users of these departments."""
        wanted = set(department_ids)
        return frozenset(user for user, department in self.user_departments.items() if department in wanted)

    def members_below(self, department_ids: frozenset[int]) -> frozenset[int]:
        """The users of these departments and of all below them."""
        wanted: set[int] = set()
        for department_id in department_ids:
            wanted |= self.departments_below(department_id)
        return self.members(wanted)

    def answering_to(self, user_id: int) -> frozenset[int]:
        """Everybody below a user: reports of reports, and members of departments the user heads."""
        found: set[int] = set()
        waiting = [user_id]
        while waiting:
            person = waiting.pop()
            for report in self.reports.get(person, frozenset()):
                if report not in found and report != user_id:
                    found.add(report)
                    waiting.append(report)
        headed = frozenset(key for key, head in self.department_heads.items() if head == user_id)
        return frozenset(found) | (self.members_below(headed) - {user_id})


def organisation() -> Organisation:
    """The organisation as it stands, cached until access changes."""
    return epochs.cached(EPOCH, "organisation", _load_organisation)


def stand_ins(day: date | None = None) -> dict[int, int]:
    """Who is away on a day (today): absent user id → stand-in's id."""
    day = day or today()
    return epochs.cached(EPOCH, ("stand-ins", day), lambda: _load_stand_ins(day))


def _load_stand_ins(day: date) -> dict[int, int]:
    rows = Absence.objects.filter(first_day__lte=day, last_day__gte=day).order_by("created_at")
    return dict(rows.values_list("user_id", "stand_in_id"))


def _load_organisation() -> Organisation:
    departments = list(Department.objects.values_list("id", "path", "head_id"))
    users = list(User.objects.values_list("id", "department_id", "manager_id", "name", "is_active"))
    reports: dict[int, set[int]] = defaultdict(set)
    for user_id, _department, manager_id, _name, _active in users:
        if manager_id is not None:
            reports[manager_id].add(user_id)
    return Organisation(
        department_paths={key: path for key, path, _head in departments},
        department_heads={key: head for key, _path, head in departments if head is not None},
        user_departments={row[0]: row[1] for row in users if row[1] is not None},
        user_names={row[0]: row[3] for row in users},
        active_ids=frozenset(row[0] for row in users if row[4]),
        reports={manager: frozenset(ids) for manager, ids in reports.items()},
    )


def _load(user_id: int, day: date) -> Rights:
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        empty: frozenset[int] = frozenset()
        return Rights(user_id, "", frozenset(), None, empty, empty, empty, empty, empty, {}, {})
    people = organisation()
    role_ids = list(UserRole.objects.filter(user_id=user_id).values_list("role_id", flat=True))
    grants: dict[tuple[str, str], str] = {}
    for subject, action, scope in Grant.objects.filter(role_id__in=role_ids).values_list("subject", "action", "scope"):
        held = grants.get((subject, action))
        if held is None or _SCOPE_ORDER.index(Scope(scope)) > _SCOPE_ORDER.index(Scope(held)):
            grants[subject, action] = scope
    absent = frozenset(away for away, stand_in in stand_ins(day).items() if stand_in == user_id)
    own = frozenset({user_id}) | absent
    above = set(own)
    for person in own:
        above |= people.answering_to(person)
    below = people.departments_below(user.department_id) if user.department_id else frozenset()
    return Rights(
        user_id=user_id,
        name=user.name,
        roles=frozenset(UserRole.objects.filter(user_id=user_id).values_list("role__key", flat=True)),
        department_id=user.department_id,
        department_ids=below,
        own_ids=own,
        department_user_ids=people.members({user.department_id} if user.department_id else set()),
        below_user_ids=people.members(below),
        above_ids=frozenset(above),
        grants=grants,
        levels=_levels(role_ids),
    )


def _levels(role_ids: list[int]) -> dict[tuple[str, str], str]:
    """The most open level per field; a role without a rule for a field leaves it at the field's default, marked "".

    A user with two roles, one of which restricts a field, sees it as the other role does: rules widen, never narrow.
    """
    ruled: dict[tuple[str, str], list[str]] = defaultdict(list)
    rows = FieldRule.objects.filter(Q(role_id__in=role_ids)).values_list("record_type", "field", "level")
    for record_type, name, level in rows:
        ruled[record_type, name].append(level)
    result = {}
    for key, levels in ruled.items():
        widest = max(levels, key=lambda level: _LEVEL_ORDER.index(FieldLevel(level)))
        # "+" tells that a role without a rule is present, so the field's default competes as well
        result[key] = widest + ("+" if len(levels) < len(role_ids) else "")
    return result


def narrowest_level(levels: Iterable[str]) -> str:
    """The least open of some levels."""
    return min(levels, key=lambda level: _LEVEL_ORDER.index(FieldLevel(level)))


def widest_level(default: str, rule: str | None) -> str:
    """The level in force, from the field's default and what :class:`Rights` holds for it."""
    if rule is None:
        return default
    if not rule.endswith("+"):
        return rule
    return max(default, rule[:-1], key=lambda level: _LEVEL_ORDER.index(FieldLevel(level)))
