"""Finding and naming records from fields that point to them; gives the field types what only the registry knows."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from django.db.models import BooleanField, Case, Q, Value, When
from django.utils.html import format_html
from django.utils.safestring import SafeString

from kezhi.access.actors import Actor
from kezhi.access.models import FieldLevel
from kezhi.records.fields.people import RecordLinks, provide_links
from kezhi.records.presenting import present
from kezhi.records.registry import RecordType, find_record_type

# Names looked up in one statement.
_AT_ONCE = 400


class RegistryLinks(RecordLinks):
    """Looks records up through their types. Lists name linked records in bulk; see ``titles``."""

    def find(self, record_type: str, raw: str, actor: Actor) -> int | None:
        known = find_record_type(record_type)
        if known is None:
            return None
        visible = known.model.objects.visible_to(actor)
        text = raw.strip()
        found: Any = None
        if text.isdecimal() and len(text) < 19:
            found = visible.filter(pk=int(text)).values_list("pk", flat=True).first()
        if found is None:
            found = visible.filter(number=text).values_list("pk", flat=True).first()
        return int(found) if found is not None else None

    def title(self, record_type: str, record_id: int, reader: Actor | None) -> str:
        return _named(record_type, record_id, reader).title

    def visible_title(self, record_type: str, record_id: int, actor: Actor) -> str:
        known = find_record_type(record_type)
        if known is None:
            return ""
        rows = known.model.objects.visible_to(actor).filter(pk=record_id).select_related(*known.related_load)
        return next((present(row, actor).title for row in rows), "")

    def link(self, record_type: str, record_id: int, reader: Actor | None) -> SafeString:
        known = find_record_type(record_type)
        named = _named(record_type, record_id, reader)
        if known is None or not named.title:
            return SafeString("")
        return link_to(known, record_id, named)


def named(record_type: str, texts: Collection[str], actor: Actor) -> dict[str, tuple[int, ...]]:
    """The visible records each text names: by number or name, else by a name written a little differently.

    Set-wise, for lists that name what their rows belong to; more than one id where several are called the same.
    """
    known = find_record_type(record_type)
    if known is None:
        return {}
    by_title = known.level(known.title_field, actor) in (FieldLevel.READ, FieldLevel.WRITE)
    found: dict[str, set[int]] = {}
    wanted = sorted({text.strip() for text in texts if text.strip()})
    visible = known.model.objects.visible_to(actor)
    for place in range(0, len(wanted), _AT_ONCE):
        part = wanted[place : place + _AT_ONCE]
        for record_id, number in visible.filter(number__in=part).values_list("pk", "number"):
            found.setdefault(number, set()).add(record_id)
        if not by_title:
            continue
        title = known.title_field
        for record_id, name in visible.filter(**{f"{title}__in": part}).values_list("pk", title):
            found.setdefault(name, set()).add(record_id)
        keys: dict[str, list[str]] = {}
        column = ""
        for text in part:
            if text not in found and (key := known.behaviour.name_key(text)) is not None and key[1]:
                column = key[0]
                keys.setdefault(key[1], []).append(text)
        if keys:
            for record_id, key_found in visible.filter(**{f"{column}__in": keys}).values_list("pk", column):
                for text in keys[key_found]:
                    found.setdefault(text, set()).add(record_id)
    return {text: tuple(sorted(ids)) for text, ids in found.items()}


class Named(NamedTuple):
    """How a linked record is called, and whether its reader may open it."""

    title: str
    is_seen: bool


def titles(record_type: str, ids: list[int], reader: Actor | None) -> dict[int, str]:
    """The names of :func:`names_of` alone."""
    return {record_id: named.title for record_id, named in names_of(record_type, ids, reader).items()}


def names_of(record_type: str, ids: list[int], reader: Actor | None) -> dict[int, Named]:
    """The names of records that a visible record points to, in one query.

    Whoever may see a record may read the name of what it points to; only what they may open as well is a link. Where a
    rule keeps names of that type from the reader (or depends on each one's owner), and for nobody in particular, it is
    the number instead.
    """
    known = find_record_type(record_type)
    if known is None or not ids:
        return {}
    rows = known.model.objects.ungated("names of linked records").filter(pk__in=ids)
    is_open = reader is not None and known.level(known.title_field, reader) in (FieldLevel.WRITE, FieldLevel.READ)
    name = known.title_field if is_open else "number"
    seen = known.policy.visible(reader) if reader is not None else Q()
    if not seen:
        return {pk: Named(title, True) for pk, title in rows.values_list("pk", name)}
    asked = Case(When(seen, then=Value(True)), default=Value(False), output_field=BooleanField())
    return {pk: Named(title, bool(is_seen)) for pk, title, is_seen in rows.values_list("pk", name, asked)}


def link_to(known: RecordType, record_id: int, named: Named) -> SafeString:
    """The name as a link; as words alone where a click would end at "not found"."""
    if not named.is_seen:
        return format_html("{}", named.title)
    return format_html('<a href="/{}/{}/">{}</a>', known.slug, record_id, named.title)


_NAMELESS = Named("", False)
_loaded: ContextVar[dict[tuple[str, int], Named] | None] = ContextVar("kezhi_titles", default=None)


def _named(record_type: str, record_id: int, reader: Actor | None) -> Named:
    known = _loaded.get()
    if known is not None and (record_type, record_id) in known:
        return known[record_type, record_id]
    return names_of(record_type, [record_id], reader).get(record_id, _NAMELESS)


@contextmanager
def titles_loaded(wanted: Mapping[str, Collection[int]], reader: Actor) -> Iterator[None]:
    """Inside it, fields name these records (type → ids) from memory: one query per type, not one per value."""
    found = dict(_loaded.get() or {})
    for record_type, ids in wanted.items():
        missing = [record_id for record_id in set(ids) if (record_type, record_id) not in found]
        names = names_of(record_type, missing, reader)
        found.update({(record_type, record_id): names.get(record_id, _NAMELESS) for record_id in missing})
    token = _loaded.set(found)
    try:
        yield
    finally:
        _loaded.reset(token)


provide_links(RegistryLinks())
