"""What the address of a list says: view, condition, order, columns, quick filter, place."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.core.conditions import EVERYTHING, Condition, ConditionProblem, Group, parse, sentence, to_json
from kezhi.records.listing.ordering import may_sort
from kezhi.records.listing.problems import ListProblem
from kezhi.records.listing.query import ListRequest, read_size
from kezhi.records.listing.render import default_columns, shown_columns
from kezhi.records.listing.views import everything_view, find_view
from kezhi.records.models import SavedView
from kezhi.records.registry import RecordType, TypeCatalogue


@dataclass(frozen=True, slots=True)
class Chip:
    """One part of the condition in words, and the address of the list without it."""

    phrases: tuple[tuple[str, str], ...]
    text: str
    without: str


@dataclass(frozen=True)
class ListState:
    """A list as somebody is looking at it."""

    record_type: RecordType
    actor: Actor
    view: SavedView | None = None
    condition: Condition = EVERYTHING
    sort: str = ""
    columns: tuple[str, ...] = ()
    text: str = ""
    size: int = 0
    cursor: str = ""
    own: Mapping[str, str] = field(default_factory=dict)
    broken: str | Promise = ""

    @property
    def base_url(self) -> str:
        """The address of the type's list."""
        return f"/{self.record_type.slug}/"

    def query(self, **changes: str | None) -> str:
        """The query string of this list with some parts changed; None drops a part, and a change begins at page one."""
        values: dict[str, str] = {}
        if self.view is not None:
            values["view"] = str(self.view.pk)
        values |= self.own
        for key, value in changes.items():
            if value is None:
                values.pop(key, None)
            else:
                values[key] = value
        return urlencode(values)

    def url(self, path: str = "", **changes: str | None) -> str:
        """An address below the list's own, with this list's state."""
        query = self.query(**changes)
        return f"{self.base_url}{path}?{query}" if query else f"{self.base_url}{path}"

    @property
    def is_changed(self) -> bool:
        """Whether the list differs from the view it started from."""
        return bool({"filter", "sort", "cols"} & set(self.own))

    @cached_property
    def catalogue(self) -> TypeCatalogue:
        """What the condition may use."""
        return TypeCatalogue(self.record_type, self.actor)

    def request(self, *, action: str = "view", size: int | None = None) -> ListRequest:
        """The records behind it."""
        return ListRequest(
            self.record_type,
            self.actor,
            self.condition,
            self.sort,
            self.columns,
            self.cursor,
            size or self.size,
            self.text,
            action,
        )

    @cached_property
    def condition_json(self) -> dict[str, object]:
        """The condition as the editor and saved views keep it."""
        return to_json(self.condition)

    def chips(self) -> list[Chip]:
        """The condition as chips that read as a sentence."""
        condition = self.condition
        parts = condition.parts if isinstance(condition, Group) and condition.mode == "all" else (condition,)
        chips = []
        for number, part in enumerate(parts):
            rest = Group("all", tuple(other for place, other in enumerate(parts) if place != number))
            said = sentence(part, self.catalogue, is_part=len(parts) > 1)
            chips.append(
                Chip(
                    tuple((phrase.role, phrase.text) for phrase in said),
                    "".join(phrase.text for phrase in said),
                    self.url(filter=dump(to_json(rest))),
                )
            )
        return chips


def read_state(record_type: RecordType, actor: Actor, query: QueryDict) -> ListState:
    """The list that an address asks for.

    Raises:
        ListProblem: a part of it makes no sense, or asks for what the actor may not filter or sort by.
    """
    own = {key: value for key in ("filter", "sort", "q", "size") if (value := query.get(key, "")) != ""}
    wanted = [part for value in query.getlist("cols") for part in value.split(",") if part]
    if wanted:
        own["cols"] = ",".join(wanted)
    view = _view(record_type, actor, query.get("view", ""))
    condition: Condition = EVERYTHING
    broken: str | Promise = ""
    if "filter" in own:
        condition = read_condition(record_type, actor, own["filter"])
    elif view is not None:
        try:
            condition = parse(view.condition or {"all": []}, TypeCatalogue(record_type, actor))
        except ConditionProblem as problem:
            # Dropping the condition would show other records than the view's name promises.
            broken = problem.message
    usual = view if view is not None else everything_view(record_type.key, actor)
    sort = own.get("sort", "")
    if not sort and usual is not None and usual.sort and may_sort(record_type, actor, usual.sort.removeprefix("-")):
        sort = usual.sort
    keys: Iterable[str] = wanted or (
        usual.columns if usual is not None and usual.columns else default_columns(record_type)
    )
    return ListState(
        record_type,
        actor,
        view,
        condition,
        sort,
        tuple(shown_columns(record_type, actor, keys)),
        own.get("q", ""),
        read_size(own.get("size")),
        query.get("cursor", ""),
        own,
        broken,
    )


def read_condition(record_type: RecordType, actor: Actor, text: str) -> Condition:
    """A condition from an address or a form; raises ListProblem."""
    if len(text) > 50_000:
        raise ListProblem("filter", _("条件太多"))
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError):
        raise ListProblem("filter", _("条件的格式不对")) from None
    try:
        return parse(raw or {"all": []}, TypeCatalogue(record_type, actor))
    except ConditionProblem as problem:
        raise ListProblem("filter", problem.message) from None


def view_state(state: ListState, view: SavedView | None) -> ListState | None:
    """The list of another view, for counting; None where its condition cannot be used."""
    try:
        raw = view.condition if view is not None else {}
        condition = parse(raw or {"all": []}, state.catalogue)
    except ConditionProblem:
        return None
    return replace(state, view=view, condition=condition, text="", cursor="", own={}, broken="")


def dump(raw: object) -> str:
    """JSON as short as addresses want it."""
    return json.dumps(raw, ensure_ascii=False, separators=(",", ":"), default=str)


def _view(record_type: RecordType, actor: Actor, text: str) -> SavedView | None:
    if not text:
        return None
    found = (
        find_view(record_type.key, actor, int(text)) if text.isascii() and text.isdigit() and len(text) < 19 else None
    )
    if found is None:
        raise record_type.model.DoesNotExist
    return found
