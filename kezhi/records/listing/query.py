"""A page of a list, read by key: the cost of a page does not grow with the table, nor with the page's number.

Where somebody sees the records of a few owners only, each owner's are read in order and merged (:mod:`.merging`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import connection, models
from django.db.models import BooleanField, F, Func, Q, QuerySet
from django.utils.translation import gettext

from kezhi.access.actors import Actor
from kezhi.access.models import FieldLevel
from kezhi.access.policies import NOBODY, GuardedQuerySet, Policy
from kezhi.access.rights import organisation
from kezhi.core.conditions import EVERYTHING, Condition, Group, Test, fields_used, matches, to_q
from kezhi.core.figures import integer_figure
from kezhi.records.fields import TagsField, UserField
from kezhi.records.listing.merging import SAMPLE_OWNER, merged
from kezhi.records.listing.ordering import Ordering, Place, read_cursor, read_ordering, write_cursor
from kezhi.records.listing.problems import ListProblem
from kezhi.records.listing.reading import ReadObjects
from kezhi.records.listing.stretches import segments
from kezhi.records.listing.walking import walk
from kezhi.records.presented_rows import columns_of
from kezhi.records.registry import RecordType, TypeCatalogue
from kezhi.records.search.finding import find_ids

# SQLite takes 500 arms in one statement; preparing more arms than this costs more than it saves.
_MOST_ARMS = 200
# A word that more records have is found soon by looking into names.
_MOST_FOUND = 2000
_AS_OBJECTS = ReadObjects()


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page of records, and where the next and the previous one begin ("" where there is none)."""

    records: list[Any]
    next_cursor: str = ""
    previous_cursor: str = ""

    @property
    def has_more(self) -> bool:
        """Whether records follow."""
        return bool(self.next_cursor)


@dataclass(frozen=True)
class ListRequest:
    """Which records of a type somebody wants to see, in which order.

    ``condition`` was parsed for the same actor; ``text`` is what the quick filter holds; ``columns`` are the fields to
    be shown (only those are read); ``sort`` is a field's key, "-" in front for descending; ``action`` is what the
    actor wants to do with them.
    """

    record_type: RecordType
    actor: Actor
    condition: Condition = EVERYTHING
    sort: str = ""
    columns: tuple[str, ...] = ()
    cursor: str = ""
    size: int = 50
    text: str = ""
    action: str = "view"
    extra: Q = field(default_factory=Q)

    @cached_property
    def ordering(self) -> Ordering:
        """The order of the list; raises ListProblem."""
        return read_ordering(self.record_type, self.actor, self.sort)

    @cached_property
    def catalogue(self) -> TypeCatalogue:
        """The fields the condition may use."""
        return TypeCatalogue(self.record_type, self.actor)

    @cached_property
    def q(self) -> Q:
        """What narrows the list below the actor's scope."""
        q = to_q(self.condition, self.catalogue, self.actor.condition_context()) & self.extra
        return q & self._text_q() if self.text.strip() else q

    def matching(self) -> GuardedQuerySet[Any]:
        """Every matching record, without an order."""
        rows: GuardedQuerySet[Any] = self.record_type.model.objects.visible_to(self.actor, self.action)
        return rows.filter(self.q)

    def page(self, read: ReadObjects = _AS_OBJECTS) -> ListPage:
        """The records from the cursor on, as objects unless asked for otherwise.

        Raises:
            ListProblem: cursor, size or sort make no sense.
        """
        check_size(self.size)
        ordering = self.ordering
        place = read_cursor(self.record_type, ordering, self.cursor) if self.cursor else None
        found = self._read(place, self._arms(), read)
        backwards = bool(place and place.is_before)
        has_extra = len(found) > self.size
        records = found[: self.size]
        if backwards:
            records.reverse()
        has_next = has_extra if not backwards else True
        has_previous = has_extra if backwards else place is not None
        return ListPage(
            records,
            self._cursor(read.place(self.ordering, records[-1]), before=False) if records and has_next else "",
            self._cursor(read.place(self.ordering, records[0]), before=True) if records and has_previous else "",
        )

    def row_columns(self) -> "list[models.Field[Any, Any]] | None":
        """The columns of :meth:`page` in their order, where each row is one of the type's own table; else None."""
        names = self._names()
        if owner_load(self.record_type) or not names:
            return None
        return columns_of(self.record_type.model, names)

    def _read(self, place: Place | None, owners: Sequence[int], read: ReadObjects) -> list[Any]:
        base = self._of_sample_owner() if owners else self._in_scope()
        found: list[Any] = []
        for rows, order in segments(base, self.ordering, place):
            wanted = self.size + 1 - len(found)
            if owners:
                of_owners = merged(_select(base, self._names()), rows, order, owners, wanted, read)
                if of_owners is None:
                    return self._read(place, (), read)
                found += of_owners
            else:
                walked = walk(rows, order, wanted, read) if self._is_wide() else None
                found += walked if walked is not None else read.queryset(_in_order(rows, order, wanted))
            if len(found) > self.size:
                break
        return found

    def _cursor(self, place: Place, *, before: bool) -> str:
        return write_cursor(self.record_type, self.ordering, Place(place.value, place.record_id, before))

    def _text_q(self) -> Q:
        """The quick filter: by the words of the search index where it can tell, else by looking into the name."""
        known, text = self.record_type, self.text.strip()[:100]
        by_number = Q(number=text.upper())
        title = known.field(known.title_field)
        looked_at = [field.key for field in known.all_fields().values() if field.searchable]
        readable = (FieldLevel.READ, FieldLevel.WRITE)
        if known.title_field in looked_at and all(known.level(key, self.actor) in readable for key in looked_at):
            ids = find_ids(known, text, known.policy.reach(self.actor, self.action), _MOST_FOUND)
            if ids is not None and len(ids) < _MOST_FOUND:
                return Q(pk__in=ids) | by_number
        if title and title.custom_id is None and known.level(title.key, self.actor) in readable:
            return Q(**{f"{title.attribute}__icontains": text}) | by_number
        return by_number

    # -- which rows

    def _arms(self) -> list[int]:
        """Owners whose records are read one index stretch each and merged; empty where another way is better."""
        if not self.reads_by_owner or self.ordering.is_mirrored:
            return []
        if self.text.strip() or self._is_pinpoint() or not self._is_plain(self.condition):
            return []
        owners = self._owners()
        return sorted(owners) if owners is not None and 1 < len(owners) <= _MOST_ARMS else []

    def _owners(self) -> frozenset[int] | None:
        """The owners whose records can match: the actor's scope, narrowed by what the condition says of the owner."""
        owners = self.record_type.policy.reach(self.actor, self.action)
        parts = self.condition.parts if isinstance(self.condition, Group) and self.condition.mode == "all" else ()
        for part in parts or (self.condition,):
            owner = self.record_type.field(part.field) if isinstance(part, Test) else None
            if isinstance(part, Test) and isinstance(owner, UserField) and owner.attribute == "owner_id":
                if part.op not in ("is", "in_department") or owner.custom_id is not None:
                    continue
                people = organisation().user_names if owners is None else owners
                context = self.actor.condition_context()
                owners = frozenset(
                    person for person in people if matches(part, {part.field: person}, self.catalogue, context)
                )
        return owners

    def _is_wide(self) -> bool:
        """Whether the list has a condition of its own columns over the records of everybody or of very many."""
        if self.condition == EVERYTHING or self.text.strip() or not self._is_plain(self.condition):
            return False
        owners = self._owners()
        return owners is None or len(owners) > _MOST_ARMS

    @property
    def reads_by_owner(self) -> bool:
        """Whether the type's policy is the plain one: whose owner is in the scope, that is what the actor sees."""
        known = self.record_type
        return known.owner_path == "owner_id" and type(known.policy).visible is Policy.visible

    def _is_pinpoint(self) -> bool:
        """Whether the condition asks for one phone or mail, which its own index finds at once."""
        parts = self.condition.parts if isinstance(self.condition, Group) and self.condition.mode == "all" else ()
        return any(
            isinstance(part, Test)
            and part.op in ("is", "ends_with")
            and (field := self.record_type.field(part.field)) is not None
            and field.condition_kind == "secret"
            for part in parts or (self.condition,)
        )

    def _is_plain(self, condition: Condition) -> bool:
        """Whether the condition looks at the record's own columns only, so that it may be repeated per owner."""
        for key in fields_used(condition):
            known = self.record_type.field(key)
            if known is None or known.custom_id is not None or isinstance(known, TagsField):
                return False
        return True

    def _in_scope(self) -> GuardedQuerySet[Any]:
        rows = self.matching()
        owners = self._owners()
        many = bool(owners) and (len(owners or ()) > _MOST_ARMS or self._is_pinpoint())
        if many and self.reads_by_owner and self._is_plain(self.condition):
            # So many owners are met soon on any walk; an index on the owner would only tempt into a sort.
            rows = self.record_type.model.objects.ungated("list: the scope stands in the next filter").filter(
                self.q, deleted_at__isnull=True
            )
            rows = rows.filter(OwnerAmong(sorted(owners or ())))
        return self._loaded(rows)

    def _of_sample_owner(self) -> GuardedQuerySet[Any]:
        """One arm; the sample owner is replaced by each owner of the actor's scope in turn."""
        rows = self.record_type.model.objects.ungated("list: one arm per owner in the actor's scope")
        return rows.filter(self.q, deleted_at__isnull=True, owner_id=SAMPLE_OWNER)

    def _names(self) -> tuple[str, ...]:
        return columns_to_load(self.record_type, (*self.columns, self.ordering.key))

    def _loaded(self, rows: GuardedQuerySet[Any]) -> GuardedQuerySet[Any]:
        names = self._names()
        if beside := owner_load(self.record_type):
            rows = rows.select_related(*beside)
        return rows.only(*names) if names else rows


def _in_order(rows: QuerySet[Any], order: Sequence[str], wanted: int) -> GuardedQuerySet[Any]:
    ordered: GuardedQuerySet[Any] = rows.order_by(*order)[:wanted]  # type: ignore[assignment]  # stays what it was
    return ordered


def check_size(size: int) -> int:
    """A page size within the figure.

    Raises:
        ListProblem: it is not.
    """
    most = integer_figure("lists.page_most")
    if not 1 <= size <= most:
        raise ListProblem("size", gettext("每页只能是 1 到 %(most)d 条") % {"most": most})
    return size


def read_size(raw: str | None) -> int:
    """The page size asked for, or the usual one; raises ListProblem."""
    if not raw:
        return integer_figure("lists.page_size")
    if not raw.isascii() or not raw.isdigit() or len(raw) > 6:
        return check_size(0)
    return check_size(int(raw))


def owner_load(record_type: RecordType) -> tuple[str, ...]:
    """The record beside each row that tells who owns it; names of others are asked for all rows together."""
    path, _found, _owner = record_type.owner_path.rpartition("__")
    return (path,) if path else ()


def columns_to_load(record_type: RecordType, keys: Sequence[str]) -> tuple[str, ...]:
    """Model fields a list needs for these columns; empty where a computed column needs the whole row."""
    model = record_type.model
    names = {"id", "number", "version", "owner", *record_type.related_load}
    owner_path = record_type.owner_path
    if "__" in owner_path:
        names.add(owner_path.removesuffix("_id"))
    for key in (record_type.title_field, *keys):
        known = record_type.field(key)
        if known is None:
            continue
        for column in known.columns():
            try:
                names.add(model._meta.get_field(column).name)
            except FieldDoesNotExist:
                return ()
    return tuple(sorted(names))


_selects: dict[tuple[type[Any], tuple[str, ...]], str] = {}


def _select(rows: QuerySet[Any], names: tuple[str, ...]) -> str:
    """``SELECT columns FROM table`` for these model fields."""
    slot = (rows.model, names)
    if slot not in _selects:
        plain = rows.model._default_manager.all()
        only = plain.only(*names) if names else plain
        _selects[slot], _params = only.query.get_compiler(connection=connection).as_sql()
    return _selects[slot]


class OwnerAmong(Func):
    """``+owner_id IN (…)``: on SQLite the plus keeps the owner's index out of the plan; PostgreSQL needs no advice."""

    conditional = True

    def __init__(self, owners: Sequence[int]) -> None:
        super().__init__(F("owner_id"), output_field=BooleanField())
        self.owners = tuple(owners)

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **extra: Any) -> tuple[str, tuple[Any, ...]]:
        """The comparison; ids are whole numbers and need no parameters."""
        column, params = compiler.compile(self.get_source_expressions()[0])
        advice = "+" if connection.vendor == "sqlite" else ""
        ids = ", ".join(str(int(owner)) for owner in self.owners)
        among = f"{advice}{column} IN ({ids})"
        if NOBODY in self.owners:
            return f"({among} OR {advice}{column} IS NULL)", (*params, *params)
        return among, tuple(params)
