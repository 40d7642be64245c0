"""Whether somebody who comes in is known: as a customer, or as an open lead (LEAD-2). Never told to the public."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from kezhi.access.actors import Actor
from kezhi.access.directory import person_name
from kezhi.core.values.names import clean_name, company_key
from kezhi.customers.match_keys import MAIL, NAME, PHONE, typed_reach
from kezhi.customers.models import Customer, MatchKey
from kezhi.records.presenting import present
from kezhi.records.registry import record_type
from kezhi.sales.models import Lead

_MOST = 5
_MOST_SAME = 2000
OPEN_STATES = (Lead.State.NEW, Lead.State.WORKING, Lead.State.RECYCLED)
_WEIGHT = {PHONE: 3, MAIL: 2, NAME: 1}


@dataclass(frozen=True, slots=True)
class Likeness:
    """A lead that may be the same person; one out of the reader's sight shows only whose it is."""

    title: str
    url: str
    number: str
    owner: str
    reasons: tuple[str, ...]


def find_customers(leads: Sequence[Any]) -> dict[int, int]:
    """Position of a lead → the customer it shares a phone, a mail or a company's name with; two queries for all."""
    wanted: dict[tuple[str, str], list[int]] = {}
    for place, lead in enumerate(leads):
        for key in _keys_of(lead):
            wanted.setdefault(key, []).append(place)
    if not wanted:
        return {}
    values = {value for _kind, value in wanted}
    rows = MatchKey.objects.filter(value__in=values, kind__in=list(_WEIGHT)).order_by("customer_id")
    hits: dict[int, list[tuple[int, int]]] = {}
    for customer_id, kind, value in rows.values_list("customer_id", "kind", "value"):
        for place in wanted.get((kind, value), ()):
            hits.setdefault(place, []).append((-_WEIGHT[kind], customer_id))
    if not hits:
        return {}
    ids = {customer_id for found in hits.values() for _weight, customer_id in found}
    live = set(
        Customer.objects.ungated("duplicate check")
        .filter(pk__in=ids, deleted_at__isnull=True)
        .order_by()
        .values_list("pk", flat=True)
    )
    best = {place: [hit for hit in sorted(found) if hit[1] in live] for place, found in hits.items()}
    return {place: found[0][1] for place, found in best.items() if found}


def lead_lookalikes(values: Mapping[str, Any], actor: Actor, *, but: int | None = None) -> list[Likeness]:
    """The open leads that share a phone, a mail or a company's name with what is being typed."""
    keys = _keys_of_values(values)
    if not keys:
        return []
    columns = {PHONE: "phone_index", MAIL: "email_index", NAME: "name_key"}
    ids = set(leads_with({columns[kind]: value for kind, value in keys}).values_list("pk", flat=True)[:_MOST_SAME])
    if not ids:
        return []
    rows = Lead.objects.ungated("duplicate check").filter(
        pk__in=ids - {but}, deleted_at__isnull=True, state__in=OPEN_STATES
    )
    found = list(rows.order_by("-entered_at", "-pk")[:_MOST])
    if not found:
        return []
    seen = set(Lead.objects.visible_to(actor).filter(pk__in=[lead.pk for lead in found]).values_list("pk", flat=True))
    return [_likeness(lead, keys, columns, actor, is_visible=lead.pk in seen) for lead in found]


def leads_with(values: Mapping[str, str]) -> QuerySet[Lead]:
    """Leads of whatever state that share one of these values (column → value); by the indexes over filled texts."""
    same = Q()
    for column, value in values.items():
        # Said aloud, since the indexes leave empty texts out.
        same |= Q(**{column: value, f"{column}__filled": True})
    return Lead.objects.ungated("duplicate check").filter(same).order_by()


def values_of(lead: Any) -> dict[str, str]:
    """What a stored lead is looked for by."""
    return {"name": lead.name, "phone": lead.phone, "email": lead.email}


def _likeness(
    lead: Any, keys: set[tuple[str, str]], columns: Mapping[str, str], actor: Actor, *, is_visible: bool
) -> Likeness:
    reasons = tuple(sorted(kind for kind, value in keys if getattr(lead, columns[kind]) == value))
    owner = person_name(lead.owner_id) if lead.owner_id else ""
    if not is_visible:
        return Likeness("", "", "", owner, reasons)
    url = f"/{record_type('lead').slug}/{lead.pk}/"
    return Likeness(present(lead, actor).title, url, lead.number, owner, reasons)


def _keys_of(lead: Any) -> list[tuple[str, str]]:
    phones = ((PHONE, lead.phone_index), (PHONE, lead.phone_other_index))
    pairs = (*phones, (MAIL, lead.email_index), (NAME, lead.name_key))
    # A person's name alone says nothing: there are many of the same name.
    return [(kind, value) for kind, value in pairs if value and (kind != NAME or lead.name != lead.contact_name)]


def _keys_of_values(values: Mapping[str, Any]) -> set[tuple[str, str]]:
    keys: set[tuple[str, str]] = set()
    name = clean_name(str(values.get("name") or ""))
    if len(name) >= 2:
        keys.add((NAME, company_key(name)[:200]))
    return {(kind, value) for kind, value in keys | typed_reach(values) if value}
