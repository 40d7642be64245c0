"""The follow-up composer: what its template needs, on a customer's page and on the page for phones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from kezhi.access.actors import Actor
from kezhi.core.clock import now
from kezhi.customers.contacting import ContactAsked
from kezhi.customers.models import Contact, Customer
from kezhi.engagement.restraint import cautions
from kezhi.records.completeness import missing_for_follow_up
from kezhi.records.forms import Control, edit_form, read_values
from kezhi.records.listing.query import columns_to_load
from kezhi.records.lists import list_choices
from kezhi.records.presenting import present, present_all
from kezhi.records.registry import record_type

_MOST_CUSTOMERS = 200

OWN_KEYS = (
    "method",
    "happened_at",
    "contact",
    "summary",
    "feedback",
    "signal",
    "has_changes",
    "next_action",
    "next_person",
    "next_due_at",
    "no_next_reason",
)


@dataclass
class Composer(ContactAsked):
    """What was typed so far, what may be chosen, what is wrong; ``customer`` is None while none was chosen."""

    actor: Actor
    action: str
    customer: Any = None
    customers: Sequence[tuple[str, str]] = ()
    values: dict[str, str] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    missing: Sequence[Control] = ()
    client_key: str = ""

    @property
    def customer_url(self) -> str:
        """The customer's page."""
        return f"/customers/{self.customer.pk}/" if self.customer else ""

    @property
    def signals(self) -> list[tuple[str, str]]:
        """(key, name) of what a customer may signal."""
        rows = list_choices("follow_up_signal").options()
        return [(row.value, row.label) for row in rows if row.is_active]

    @cached_property
    def contacts(self) -> list[tuple[str, str]]:
        """The customer's contacts who have not left, the main one first."""
        if self.customer is None:
            return []
        rows = Contact.objects.visible_to(self.actor).filter(customer_id=self.customer.pk, has_left=False)
        known = record_type("contact")
        found = rows.only(*columns_to_load(known, ())).select_related(*known.related_load)
        first = found.order_by("-is_primary", "id")[:50]
        return [(str(row.id), row.title) for row in present_all(first, known, self.actor)]

    @cached_property
    def cautions(self) -> list[str]:
        """What speaks against contacting the customer now (FUP-6)."""
        return cautions(self.customer.pk) if self.customer is not None else []

    @property
    def customer_title(self) -> str:
        """The customer's name as the writer may see it."""
        return present(self.customer, self.actor).title if self.customer else ""

    @property
    def has_no_next(self) -> bool:
        """Whether "no further action" was chosen."""
        return bool(self.values.get("no_next"))

    @property
    def draft_key(self) -> str:
        """Under which the browser keeps what was typed."""
        return f"follow-up-{self.customer.pk if self.customer else 'new'}"

    @property
    def next_problems(self) -> list[str]:
        """Sentences about the next action."""
        keys = ("next_action", "next_person", "next_due_at", "no_next_reason")
        return [self.problems[key] for key in keys if key in self.problems]

    @property
    def other_problems(self) -> list[str]:
        """Sentences that belong to no field shown."""
        shown = {*OWN_KEYS, *(f"customer.{control.key}" for control in self.missing)}
        return [text for key, text in self.problems.items() if key not in shown]


def composer_for(
    customer: Any,
    actor: Actor,
    *,
    typed: Mapping[str, str] | None = None,
    problems: Mapping[str, Any] | None = None,
    posted: QueryDict | None = None,
    client_key: str = "",
) -> Composer:
    """The composer of a customer, with what was typed and what was wrong with it."""
    composer = Composer(
        actor,
        reverse("engagement:record", args=[customer.pk]),
        customer,
        values=dict(typed or {}),
        problems={key: str(text) for key, text in (problems or {}).items()},
        client_key=client_key,
    )
    customer_type = record_type("customer")
    missing = [known.key for known in missing_for_follow_up(customer_type, customer)]
    if missing:
        raw = read_values(customer_type, posted) if posted is not None else {}
        own = {key[9:]: text for key, text in composer.problems.items() if key.startswith("customer.")}
        form = edit_form(customer_type, customer, actor, raw, own, keys=missing, prefix=f"c{customer.pk}")
        composer.missing = form.controls
    return composer


def composer_for_phone(actor: Actor) -> Composer:
    """The composer without a customer: one's own customers to choose from, the next planned first."""
    rows = Customer.objects.visible_to(actor).filter(owner_id__in=actor.rights.own_ids)
    found = rows.only("number", "name", "owner").order_by("next_follow_at", "id")[:_MOST_CUSTOMERS]
    named = [(str(row.id), row.title) for row in present_all(found, record_type("customer"), actor)]
    return Composer(actor, reverse("engagement:compose"), customers=named)


def typed_values(posted: QueryDict) -> dict[str, str]:
    """What the composer's own fields hold, as typed."""
    values = {key: posted.get(key, "") for key in OWN_KEYS if key in posted}
    values["no_next"] = posted.get("no_next", "")
    return values


def values_to_store(typed: Mapping[str, str]) -> dict[str, Any]:
    """Raw values for the operation: either a next action or the reason why there is none."""
    values: dict[str, Any] = {key: typed.get(key, "") for key in OWN_KEYS}
    if typed.get("no_next"):
        for key in ("next_action", "next_person", "next_due_at"):
            values[key] = ""
    else:
        values["no_next_reason"] = ""
        if not values["next_action"].strip():
            values["next_person"] = values["next_due_at"] = ""
    if not values["happened_at"]:
        values["happened_at"] = now()
    return values


def saved_words(customer: Any, actor: Actor) -> str:
    """What the toast says."""
    return gettext("已记录对“%(name)s”的跟进") % {"name": present(customer, actor).title}
