"""Record types: each main object declares itself once, and everything generic is made from that (architecture §1.1)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise

from kezhi.access.actors import Actor
from kezhi.access.models import FieldLevel
from kezhi.access.policies import NOBODY, Policy, register_policy
from kezhi.access.rights import narrowest_level, widest_level
from kezhi.core import epochs
from kezhi.core.among import ids
from kezhi.core.conditions import ConditionField
from kezhi.records.behaviour import Behaviour
from kezhi.records.custom_types import field_from_custom
from kezhi.records.fields import Field, RecordField, UserField
from kezhi.records.models import CustomField, Record
from kezhi.records.models.settings import FieldSetting

Text = str | Promise
EPOCH = "fields"


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """A heading under which forms and facts show fields."""

    key: str
    label: Text


@dataclass(frozen=True, slots=True)
class Related:
    """Records of another type that hang on this one through one of their fields, shown on the record page."""

    record_type: str
    through: str
    label: Text
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RecordType:
    """A main object.

    ``model`` is a :class:`Record`. ``owner_path`` leads from it to the owner whose scope decides who sees it.
    ``parents`` are keys of record fields whose records' timelines show this record's events too. ``number_figure`` is
    the key of the figure with the pattern of numbers. ``actions`` can be granted beside view, create, edit, delete.
    ``related_load`` is passed to ``select_related`` where the owner is found through another record. ``start_view`` is
    the key of the shipped view the list opens with, where that is not everything.
    """

    key: str
    model: type[Record]
    label: Text
    plural: Text
    icon: str
    slug: str
    fields: tuple[Field, ...]
    groups: tuple[FieldGroup, ...]
    number_figure: str
    title_field: str = "name"
    subtitle_fields: tuple[str, ...] = ()
    owner_path: str = "owner_id"
    columns: tuple[str, ...] = ()
    default_sort: str = "-created_at"
    start_view: str = ""
    board_field: str = ""
    parents: tuple[str, ...] = ()
    related: tuple[Related, ...] = ()
    actions: tuple[str, ...] = ("export", "import", "assign")
    behaviour: Behaviour = field(default_factory=Behaviour)
    related_load: tuple[str, ...] = ()
    filter_paths: tuple[str, ...] = ()
    detail_template: str = "records/record/record.html"
    sum_fields: tuple[str, ...] = ()
    help: Text = ""

    @property
    def policy(self) -> Policy[Any]:
        """The policy registered for the model."""
        return _policies[self.key]

    @property
    def all_actions(self) -> tuple[str, ...]:
        """Everything a role can be granted for this type."""
        return ("view", "create", "edit", "delete", *self.actions)

    def all_fields(self) -> Mapping[str, Field]:
        """Built-in and active custom fields by key, with the administrator's settings applied."""
        return epochs.cached(EPOCH, ("fields", self.key), lambda: _load_fields(self))

    def field(self, key: str) -> Field | None:
        """One field, or None."""
        return self.all_fields().get(key)

    def level(self, key: str, actor: Actor) -> str:
        """How much of a field the actor sees (ORG-4); ``owner`` depends on the record."""
        known = self.field(key)
        if known is None:
            return FieldLevel.HIDDEN
        if actor.rights.everything:
            return FieldLevel.WRITE
        level = widest_level(known.level, actor.rights.levels.get((self.key, key)))
        # What is worked out from a field tells what that field says, so it shows no more than the field does.
        return narrowest_level([level, *(self.level(source, actor) for source in known.worked_out_from)])

    def readable(self, key: str, actor: Actor, owner_id: int | None) -> bool:
        """Whether the actor reads this field of a record of this owner in the clear."""
        level = self.level(key, actor)
        if level == FieldLevel.OWNER:
            return owner_id is not None and owner_id in actor.rights.above_ids
        return level in (FieldLevel.READ, FieldLevel.WRITE)

    def writable(self, key: str, actor: Actor, owner_id: int | None) -> bool:
        """Whether the actor may write this field of a record of this owner (None: of a new record)."""
        known = self.field(key)
        if known is None or known.read_only:
            return False
        level = self.level(key, actor)
        if level == FieldLevel.OWNER:
            return owner_id is None or owner_id in actor.rights.above_ids
        return level == FieldLevel.WRITE


_types: dict[str, RecordType] = {}
_by_model: dict[type[Record], RecordType] = {}
_policies: dict[str, Policy[Any]] = {}
_further_related: dict[str, list[Related]] = {}


def add_related(record_type: str, *lists: Related) -> None:
    """Show further related records on the pages of a record type of an app below."""
    rows = _further_related.setdefault(record_type, [])
    rows += [each for each in lists if each not in rows]


def related_of(record_type: RecordType) -> tuple[Related, ...]:
    """The related lists of a record type: its own, and those that apps above added."""
    return (*record_type.related, *_further_related.get(record_type.key, ()))


def register(record_type: RecordType, policy: Policy[Any] | None = None) -> RecordType:
    """Make a record type known; lists, forms, API, search, import, export and tests follow from it."""
    if record_type.key in _types:
        raise ValueError(f"record type {record_type.key} is registered twice")
    keys = [known.key for known in record_type.fields]
    if len(set(keys)) != len(keys):
        raise ValueError(f"record type {record_type.key} declares a field twice")
    policy = policy or Policy(record_type.key, owner_path=record_type.owner_path)
    register_policy(record_type.model, policy)
    _types[record_type.key] = record_type
    _by_model[record_type.model] = record_type
    _policies[record_type.key] = policy
    return record_type


def unregister(key: str) -> None:
    """Forget a type; for tests with small fake types."""
    record_type = _types.pop(key)
    _by_model.pop(record_type.model)
    _policies.pop(key)


def record_types() -> Iterable[RecordType]:
    """All record types in the order they were registered."""
    return tuple(_types.values())


def record_type(key: str) -> RecordType:
    """A record type by key; KeyError for an unknown one."""
    return _types[key]


def find_record_type(key: str) -> RecordType | None:
    """A record type by key, if there is one."""
    return _types.get(key)


def type_by_slug(slug: str) -> RecordType | None:
    """A record type by its part of the address ("customers")."""
    return next((known for known in _types.values() if known.slug == slug), None)


def type_of(record: Record) -> RecordType:
    """The type of a record."""
    return _by_model[type(record)]


@dataclass(frozen=True, slots=True)
class BoundField:
    """A field as one actor's conditions may use it, maybe on a related record (``prefix``).

    Where the actor sees the field only on their own records, the filter finds only those, so that filtering never
    tells what the list does not show. Of related records only those the actor may see are asked about: what is found
    does not depend on others (``reach``: whose such records they see, None for everybody's).
    """

    field: Field
    key: str
    label: str
    prefix: str = ""
    owners: frozenset[int] | None = None
    owner_path: str = ""
    actor: Actor | None = None
    reach: frozenset[int] | None = None

    @property
    def kind(self) -> str:
        """The field's kind for conditions."""
        return self.field.condition_kind

    def q(self, build: Callable[[str], Q], role: str = "value") -> Q:
        q = self.field.q(build, role, self.prefix)
        if self.owners is not None:
            q = q & self._of(self.owners)
        if self.reach is not None:
            q = q & (Q(**{f"{self.prefix}isnull": True}) | self._of(self.reach))
        return q

    def _of(self, owners: frozenset[int]) -> Q:
        """Records of these owners, :data:`NOBODY` among them standing for those nobody owns."""
        people = owners - {NOBODY}
        found = Q(**{f"{self.prefix}{self.owner_path}__among": ids(people)}) if people else Q(pk__in=())
        return found | Q(**{f"{self.prefix}{self.owner_path}__isnull": True}) if NOBODY in owners else found

    def read_operand(self, raw: object) -> object:
        return self.field.read_operand(raw)

    def operand_text(self, operand: object) -> str:
        if isinstance(self.field, RecordField) and self.actor is not None:
            # A condition comes from an address and may hold any id.
            return self.field.visible_text(operand, self.actor)
        return self.field.operand_text(operand)

    def department_text(self, operand: object) -> str:
        """A department as an operand of a field of people."""
        return self.field.department_text(operand) if isinstance(self.field, UserField) else self.operand_text(operand)

    def secret_index(self, operand: str, role: str) -> str:
        return self.field.secret_index(operand, role)


class TypeCatalogue:
    """The fields of a record type that an actor may use in conditions; ``customer.level`` reaches related ones."""

    def __init__(self, record_type: RecordType, actor: Actor) -> None:
        self.record_type = record_type
        self.actor = actor

    def field(self, key: str) -> ConditionField | None:
        own, _dot, rest = key.partition(".")
        if not rest:
            return self._bound(self.record_type, own, key, "", "")
        through = self.record_type.field(own)
        target = find_record_type(getattr(through, "to", "")) if through else None
        if through is None or target is None or "." in rest or own not in self.record_type.filter_paths:
            return None
        if not self._open(self.record_type, own):
            return None
        return self._bound(target, rest, key, f"{through.attribute.removesuffix('_id')}__", str(through.label))

    def fields(self) -> list[BoundField]:
        """Everything that may be used, own fields first."""
        found = [self.field(key) for key in self.record_type.all_fields()]
        for path in self.record_type.filter_paths:
            through = self.record_type.field(path)
            target = find_record_type(getattr(through, "to", ""))
            if target is not None:
                found.extend(self.field(f"{path}.{key}") for key in target.all_fields())
        return [known for known in found if isinstance(known, BoundField)]

    def _open(self, record_type: RecordType, key: str) -> bool:
        return record_type.level(key, self.actor) in (FieldLevel.READ, FieldLevel.WRITE, FieldLevel.OWNER)

    def _bound(self, record_type: RecordType, name: str, key: str, prefix: str, lead: str) -> BoundField | None:
        known = record_type.field(name)
        if known is None or not known.filterable or not self._open(record_type, name):
            return None
        label = f"{lead} · {known.label}" if lead else str(known.label)
        reach = self._reach(record_type) if prefix else None
        if record_type.level(name, self.actor) == FieldLevel.OWNER:
            above = self.actor.rights.above_ids
            return BoundField(known, key, label, prefix, above, record_type.owner_path, self.actor, reach)
        return BoundField(known, key, label, prefix, None, record_type.owner_path, self.actor, reach)

    def _reach(self, related: RecordType) -> frozenset[int] | None:
        """Whose related records the actor sees; what belongs to nobody is seen by all who see any."""
        reach = related.policy.reach(self.actor, "view")
        return None if reach and related.policy.owner_path is None else reach


def _load_fields(record_type: RecordType) -> dict[str, Field]:
    settings = {row.field: row for row in FieldSetting.objects.filter(record_type=record_type.key)}
    result: dict[str, Field] = {}
    for known in record_type.fields:
        row = settings.get(known.key)
        if row is not None:
            known = replace(known, required=row.is_required, follow_up=row.for_follow_up, weight=row.weight)
            if row.is_personal_outside is not None and row.is_personal_outside != known.personal_outside:
                known = replace(known, personal_outside=row.is_personal_outside, personal_outside_kinds=())
        result[known.key] = known
    for custom in CustomField.objects.filter(record_type=record_type.key, is_active=True):
        result[custom.key] = field_from_custom(custom)
    return result
