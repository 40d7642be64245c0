"""The page of the pool: what lies there, why and since when, to those who may claim it (CUS-15).

Whoever may claim does not see the record yet: its name and business facts only, contact details always as masks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.directory import people_options
from kezhi.access.models import FieldLevel
from kezhi.access.rights import organisation
from kezhi.core.clock import now
from kezhi.customers.models import Customer
from kezhi.customers.policy import CLAIM
from kezhi.records.fields import LongTextField
from kezhi.records.lists import list_choices
from kezhi.records.presenting import CLEAR, Presenter
from kezhi.records.registry import record_type

PAGE = 50
_MOST_COUNTED = 10000
_SHOWN = ("name", "number", "level", "industry", "city", "last_followed_at", "phone", "pool_reason", "last_owner")
_FACTS = ("industry", "city")
_MASKED = ("phone",)

ORDERS: Mapping[str, str | Promise] = {"": _("最近进入的在前"), "old": _("最早进入的在前")}


@dataclass(frozen=True, slots=True)
class PoolFilter:
    """What the page is asked for; from the address."""

    level: str = ""
    reason: str = ""
    industry: str = ""
    text: str = ""
    order: str = ""
    after: tuple[datetime, int] | None = None

    def where(self) -> Q:
        """The condition, without the key."""
        where = Q()
        for name, value in (("level", self.level), ("pool_reason", self.reason), ("industry", self.industry)):
            if value:
                where &= Q(**{name: value})
        return where & Q(name__icontains=self.text) if self.text else where

    def address(self, **changes: object) -> str:
        """The address of the page with some of it changed."""
        values: dict[str, object] = {name: getattr(self, name) for name in _FILTERS}
        query = urlencode({key: value for key, value in (values | changes).items() if value})
        return f"{reverse('customers:pool')}{'?' + query if query else ''}"


_FILTERS = ("level", "reason", "industry", "text", "order")


@dataclass(frozen=True, slots=True)
class PoolRow:
    """A customer in the pool as whoever may claim it sees it."""

    id: int
    title: str
    number: str
    level: str
    facts: Sequence[str]
    phone: str
    reason: str
    since: datetime
    last_owner: str
    last_followed_at: datetime | None


@dataclass(slots=True)
class PoolPage:
    """Everything the page shows. ``refusals`` are sentences about customers that did not go where they should."""

    wanted: PoolFilter
    rows: Sequence[PoolRow]
    total: str
    choices: Mapping[str, Sequence[tuple[str, str]]]
    people: Sequence[tuple[str, str]]
    next_url: str = ""
    first_url: str = ""
    refusals: Sequence[str] = field(default_factory=tuple)

    @property
    def wanted_pairs(self) -> list[tuple[str, str]]:
        """The filter as hidden inputs, so that an act comes back to the same page."""
        return [(name, value) for name in _FILTERS if (value := str(getattr(self.wanted, name)))]

    @property
    def orders(self) -> list[tuple[str, str | Promise]]:
        """The orders to choose from."""
        return list(ORDERS.items())


def read_filter(values: Mapping[str, str]) -> PoolFilter:
    """A filter from an address; what means nothing is left out."""
    moment, _comma, key = values.get("after", "").partition(",")
    after = None
    try:
        since = parse_datetime(moment)
    except ValueError:
        since = None
    if since is not None and since.tzinfo is not None and key.isdecimal() and len(key) < 19:
        after = (since, int(key))
    order = values.get("order", "")
    return PoolFilter(
        level=values.get("level", "")[:60],
        reason=values.get("reason", "")[:60],
        industry=values.get("industry", "")[:60],
        text=values.get("text", "").strip()[:60],
        order=order if order in ORDERS else "",
        after=after,
    )


def pool_page(wanted: PoolFilter, actor: Actor, refusals: Sequence[str] = ()) -> PoolPage:
    """One page of the pools the actor may claim from; a fixed number of queries."""
    if wanted.text and record_type("customer").level("name", actor) not in (FieldLevel.READ, FieldLevel.WRITE):
        wanted = PoolFilter(wanted.level, wanted.reason, wanted.industry, "", wanted.order, wanted.after)
    matching = Customer.objects.visible_to(actor, CLAIM).filter(wanted.where())
    rows, ascending = matching, wanted.order == "old"
    if wanted.after is not None:
        since, key = wanted.after
        later = (
            Q(pool_since__gt=since) | Q(pool_since=since, pk__gt=key)
            if ascending
            else Q(pool_since__lt=since) | Q(pool_since=since, pk__lt=key)
        )
        rows = rows.filter(later)
    ordered = rows.order_by("pool_since", "pk") if ascending else rows.order_by("-pool_since", "-pk")
    found = list(ordered.only("owner_id", "pool_since", *_COLUMNS)[: PAGE + 1])
    counted = len(found) if len(found) <= PAGE and wanted.after is None else matching[: _MOST_COUNTED + 1].count()
    page = PoolPage(
        wanted,
        pool_rows(found[:PAGE], actor),
        f"{min(counted, _MOST_COUNTED):,}{'+' if counted > _MOST_COUNTED else ''}",
        _choices(),
        _people(actor),
        refusals=refusals,
    )
    if wanted.after is not None:
        page.first_url = wanted.address()
    if len(found) > PAGE:
        last = found[PAGE - 1]
        page.next_url = wanted.address(after=f"{last.pool_since.isoformat()},{last.pk}")
    return page


_COLUMNS = tuple({"last_owner": "last_owner_id"}.get(key, key) for key in _SHOWN)


def pool_rows(customers: Sequence[Customer], actor: Actor) -> list[PoolRow]:
    """Customers of the pool as the actor may see them, contact details masked."""
    presenter = Presenter(record_type("customer"), actor)

    def text(customer: Customer, key: str) -> str:
        return presenter.text(customer, key) if presenter.state(customer, key) == CLEAR else ""

    def mask(customer: Customer, key: str) -> str:
        known = presenter.fields[key]
        return known.mask(known.get(customer)) if presenter.levels[key] != FieldLevel.HIDDEN else ""

    return [
        PoolRow(
            id=customer.pk,
            title=text(customer, "name") or customer.number,
            number=customer.number,
            level=text(customer, "level"),
            facts=[words for key in _FACTS if (words := text(customer, key))],
            phone=mask(customer, "phone"),
            reason=text(customer, "pool_reason"),
            since=customer.pool_since or now(),
            last_owner=text(customer, "last_owner"),
            last_followed_at=customer.last_followed_at if text(customer, "last_followed_at") else None,
        )
        for customer in customers
    ]


def pool_facts(customer: Customer, actor: Actor) -> list[tuple[str, str]]:
    """(label, value) of what somebody about to claim a customer may know of it; personal fields as masks."""
    presenter = Presenter(record_type("customer"), actor)
    found = []
    for key, known in presenter.fields.items():
        level = presenter.levels[key]
        if level == FieldLevel.HIDDEN or isinstance(known, LongTextField) or key in _UNTOLD:
            continue
        value = known.get(customer)
        if known.is_empty(value):
            continue
        if known.personal or presenter.state(customer, key) != CLEAR:
            found.append((str(known.label), known.mask(value)))
        else:
            found.append((str(known.label), known.text(value)))
    return found


# The name stands above; a contact's name, remarks and what is kept for the system are for whoever has the customer.
_UNTOLD = frozenset({"name", "owner", "primary_contact_name", "review", "review_note", "verified_at", "changed_at"})


def _choices() -> dict[str, list[tuple[str, str]]]:
    lists = {"level": "level", "reason": "pool_reason", "industry": "industry"}
    return {
        name: [(option.value, option.label) for option in list_choices(key).options() if option.is_active]
        for name, key in lists.items()
    }


def _people(actor: Actor) -> list[tuple[str, str]]:
    """To whom the actor may give customers; nobody where they assign only their own."""
    if not actor.assigns_for_others("customer"):
        return []
    owners = actor.owners("customer", "assign")
    active = organisation().active_ids
    return [
        (key, name) for key, name in people_options() if int(key) in active and (owners is None or int(key) in owners)
    ]
