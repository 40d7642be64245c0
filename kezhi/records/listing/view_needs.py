"""Which index a saved view needs: the columns its filter fixes, then its order, then what else it looks at (§6)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import QuerySet
from django.db.models.expressions import Col
from django.db.models.lookups import (
    Exact,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    IsNull,
    LessThan,
    LessThanOrEqual,
    Lookup,
    Range,
)
from django.db.models.sql import Query
from django.db.models.sql.where import WhereNode

from kezhi.access.actors import Actor, system_actor, user_actor
from kezhi.core.among import Among
from kezhi.core.conditions import ConditionProblem, parse
from kezhi.core.figures import integer_figure
from kezhi.records.listing.indexes import OWNER, KnownIndex, column_of, declared_indexes, equal_columns
from kezhi.records.listing.problems import ListProblem
from kezhi.records.listing.query import ListRequest
from kezhi.records.listing.stretches import segments
from kezhi.records.models import CustomValue, SavedView, TagLink
from kezhi.records.registry import RecordType, TypeCatalogue

# Of so many records in the view's order, one in ten has to match for a page to be found soon by walking them.
_SAMPLE = 2000
_ONE_IN = 10
# More columns make an index larger, not a page faster.
_MOST_FIXED = 2
_MOST_BESIDE = 2
_COMPARISONS = (Exact, In, Among, IsNull, Range, GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual)


@dataclass(frozen=True, slots=True)
class Need:
    """Columns in the order an index has to have them: fixed ones, then those of the order, then looked-at ones."""

    fixed: tuple[str, ...]
    order: tuple[str, ...]
    beside: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.fixed, *self.order, *self.beside)

    def is_met_by(self, index: KnownIndex, equal: frozenset[str]) -> bool:
        """Whether reading by this index finds a page without looking at much else."""
        lead = index.lead(equal, self.order)
        if lead is None or not set(self.fixed) <= set(index.columns[:lead]):
            return False
        return set(self.beside) <= set(index.columns[lead + len(self.order) :])


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a view is read: a reading with its note, and the indexes that would have to be made."""

    reading: str
    note: str = ""
    wanted: tuple[Need, ...] = ()


@dataclass
class _Looks:
    """What a filter looks at: its own columns compared, texts it looks into, and other tables."""

    beside: set[str] = field(default_factory=set)
    texts: bool = False
    others: bool = False
    values: bool = False


def examine_view(view: SavedView, known: RecordType) -> Verdict:
    """How the database finds the records of a view for whom it is meant; looks at a sample of them."""
    model = known.model
    live = model.objects.ungated("views: which indexes they need").filter(deleted_at__isnull=True)
    if live.order_by()[: integer_figure("lists.view_index_from")].count() < integer_figure("lists.view_index_from"):
        return Verdict(SavedView.Reading.SMALL)
    actor = _reader(view)
    try:
        condition = parse(view.condition, TypeCatalogue(known, actor))
        request = ListRequest(known, actor, condition, view.sort)
        rows = live.filter(request.q)
        stretches = segments(rows, request.ordering, None)
    except (ConditionProblem, ListProblem):
        return Verdict(SavedView.Reading.NONE, "broken")
    if request.ordering.is_mirrored:
        return Verdict(SavedView.Reading.SERVED, "values")
    looks = _looks_of(rows.query)
    common: bool | None = None
    wanted: dict[Need, None] = {}
    names: dict[str, None] = {}
    for part, order in stretches:
        for need, equal in _needs(request, view, part, order, looks.beside):
            met = _met(declared_indexes(model), need, equal)
            if met is not None:
                names[met.name] = None
                continue
            if common is None:
                common = _is_common(live, rows, stretches[0][1])
            plain = Need(need.fixed[:1] if need.fixed[:1] == (OWNER,) else (), need.order)
            if common and (_met(declared_indexes(model), plain, equal) is not None or need.order == ("id",)):
                continue
            wanted[need] = None
    if looks.texts or looks.others:
        if common is None:
            common = _is_common(live, rows, stretches[0][1])
        if not common:
            return Verdict(SavedView.Reading.NONE, "text" if looks.texts else "related", tuple(wanted))
    if wanted:
        return Verdict(SavedView.Reading.WAITING, "", tuple(wanted))
    if common:
        return Verdict(SavedView.Reading.WALKED)
    return Verdict(SavedView.Reading.SERVED, "values" if looks.values else ", ".join(names))


def _reader(view: SavedView) -> Actor:
    if view.sharing == SavedView.Sharing.PRIVATE and view.owner_id is not None:
        return user_actor(view.owner_id)
    return system_actor("views")


def _needs(
    request: ListRequest, view: SavedView, rows: QuerySet[Any], order: tuple[str, ...], beside: set[str]
) -> Iterator[tuple[Need, frozenset[str]]]:
    """What one stretch needs, for readers of everything and for readers of some owners' records."""
    model = request.record_type.model
    columns = tuple(column_of(model, part) for part in order)
    equal = equal_columns(rows.query) - {"deleted_at"}
    narrowed = OWNER in equal or OWNER in beside
    by = "" if request.ordering.field is None else column_of(model, request.ordering.column)
    # Rows without a value of the order's column are fixed to none: its place is the same as for those with one.
    fixed = (*sorted(equal - {OWNER, by})[:_MOST_FIXED], *(equal & {by}))
    rest = () if fixed else tuple(sorted(beside - {OWNER, *columns, *equal}))[:_MOST_BESIDE]
    reach = request.record_type.policy.reach(request.actor, "view")
    is_shared = view.sharing != SavedView.Sharing.PRIVATE
    if request.reads_by_owner and (is_shared or reach is not None or narrowed):
        yield Need((OWNER, *fixed), columns, rest), equal | {OWNER}
    if not narrowed and (reach is None or not request.reads_by_owner):
        need = Need(fixed, columns, rest)
        if need.columns != ("id",):
            yield need, equal


def _met(indexes: tuple[KnownIndex, ...], need: Need, equal: frozenset[str]) -> KnownIndex | None:
    return next((index for index in indexes if need.is_met_by(index, equal)), None)


def _is_common(live: QuerySet[Any], rows: QuerySet[Any], order: tuple[str, ...]) -> bool:
    """Whether many enough of the first records in this order match."""
    first = live.order_by(*order).values("pk")[:_SAMPLE]
    try:
        found = rows.order_by().filter(pk__in=list(first.values_list("pk", flat=True))).count()
    except EmptyResultSet:
        return False
    return found * _ONE_IN >= min(_SAMPLE, len(first))


def _looks_of(query: Query) -> _Looks:
    looks = _Looks()
    _look(query.where, str(query.get_meta().db_table), looks)
    looks.beside.discard("deleted_at")
    return looks


def _look(where: WhereNode, table: str, looks: _Looks) -> None:
    for child in where.children:
        if isinstance(child, WhereNode):
            _look(child, table, looks)
        elif isinstance(child, Lookup) and isinstance(child.lhs, Col):
            asked = getattr(child.rhs, "model", None) if isinstance(child.rhs, Query | QuerySet) else None
            if asked in (CustomValue, TagLink):
                looks.values = True
            elif child.lhs.alias != table or asked is not None:
                looks.others = True
            elif not isinstance(child, _COMPARISONS):
                looks.texts = True
            else:
                looks.beside.add(str(child.lhs.target.column))
        else:
            looks.others = True
