"""What the lead's page and its sheets show, worked out as one reader may see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import get_language

from kezhi.access.actors import Actor
from kezhi.access.directory import people_options
from kezhi.customers.contacting import ContactAsked
from kezhi.customers.likeness import Lookalike, lookalikes
from kezhi.customers.models import Contact
from kezhi.records.listing.query import columns_to_load
from kezhi.records.presenting import CLEAR, Presenter, present, present_all
from kezhi.records.registry import record_type
from kezhi.sales.known_leads import values_of
from kezhi.sales.models import Lead
from kezhi.sales.operations.qualifying import Choice, is_person, opportunity_name
from kezhi.sales.scoring import fact_words

_MOST_CONTACTS = 60


@dataclass
class LeadComposer(ContactAsked):
    """The composer on a lead's page: what was typed so far, what may be chosen, what is wrong."""

    actor: Actor
    lead: Lead
    values: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def action(self) -> str:
        """Where it is sent."""
        return reverse("sales:lead_contact", args=[self.lead.pk])

    @property
    def title(self) -> str:
        """The lead's name as the writer may see it."""
        return present(self.lead, self.actor).title

    @property
    def draft_key(self) -> str:
        """Under which the browser keeps what was typed."""
        return f"lead-contact-{self.lead.pk}"

    @property
    def next_problems(self) -> list[str]:
        """Sentences about the next step."""
        keys = ("next_action", "next_person", "next_due_at")
        return [self.problems[key] for key in keys if key in self.problems]

    @property
    def other_problems(self) -> list[str]:
        """Sentences about the way of contact and the lead itself."""
        return [self.problems[key] for key in ("", "method") if key in self.problems]


@dataclass
class QualifySheet:
    """The sheet on which a lead becomes a customer; ``posted`` is what was sent."""

    actor: Actor
    lead: Lead
    posted: QueryDict | None = None
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def action(self) -> str:
        """Where it is sent."""
        return reverse("sales:lead_qualify", args=[self.lead.pk])

    @cached_property
    def shown(self) -> Any:
        """The lead as the reader may see it."""
        return present(self.lead, self.actor)

    @cached_property
    def known(self) -> list[Lookalike]:
        """Customers it may be; those out of sight say whose they are and cannot be chosen."""
        return lookalikes(values_of(self.lead), self.actor)

    @cached_property
    def contacts(self) -> list[tuple[str, str]]:
        """Contacts of the customers that may be chosen."""
        ids = [row.customer.pk for row in self.known if row.is_visible]
        if not ids:
            return []
        kind = record_type("contact")
        rows = Contact.objects.visible_to(self.actor).filter(customer_id__in=ids, has_left=False)
        found = rows.only(*columns_to_load(kind, ()), "customer_id").select_related(*kind.related_load)
        names = {row.customer.pk: row.title for row in self.known}
        shown = list(found.order_by("-is_primary", "id")[:_MOST_CONTACTS])
        labels = [contact.title for contact in present_all(shown, kind, self.actor)]
        return [(str(row.pk), f"{names[row.customer_id]} · {label}") for row, label in zip(shown, labels, strict=True)]

    @property
    def customer(self) -> str:
        """The customer chosen: an id, or "new"."""
        if self.posted is not None:
            return str(self.posted.get("customer", ""))
        first = next((row for row in self.known if row.is_visible and row.score >= 0.85), None)
        return str(first.customer.pk) if first else "new"

    @property
    def contact(self) -> str:
        """The contact chosen; "" for the one of the same phone, else a new one."""
        return str(self.posted.get("contact", "")) if self.posted is not None else ""

    @property
    def name(self) -> str:
        """The new customer's name."""
        return self._value("customer_name", self.shown.title)

    @property
    def is_person(self) -> bool:
        """Whether the new customer is a person."""
        return self._value("kind", "person" if is_person(self.lead) else "company") == "person"

    @property
    def asks_need(self) -> bool:
        """Whether the need may be read and written here."""
        return self._is_clear("need")

    @property
    def need(self) -> str:
        """What they need."""
        return self._value("need", self.lead.need if self.asks_need else "")

    @property
    def wants_opportunity(self) -> bool:
        """Whether an opportunity is made."""
        return self.posted is None or self.posted.get("opportunity") == "1"

    @property
    def opportunity_name(self) -> str:
        """What it is called."""
        clear = self._is_clear("interest") and self._is_clear("name")
        return self._value("opportunity_name", opportunity_name(self.lead) if clear else self.shown.title)

    @property
    def amount(self) -> str:
        """Its amount, the lead's budget at first."""
        held = f"{self.lead.budget:f}" if self.lead.budget is not None and self._is_clear("budget") else ""
        return self._value("amount", held)

    @property
    def close_on(self) -> str:
        """When it is expected to close."""
        day = self.lead.expected_purchase_on if self._is_clear("expected_purchase_on") else None
        return self._value("expected_close_on", day.isoformat() if day else "")

    @property
    def sentences(self) -> list[str]:
        """What is wrong, said at the top; what has a field of its own stands there too."""
        return list(dict.fromkeys(self.problems.values()))

    def choice(self) -> Choice:
        """What was decided."""
        posted = self.posted or QueryDict()
        chosen, contact = posted.get("customer", "new"), posted.get("contact", "")
        is_new = not (chosen.isascii() and chosen.isdecimal() and len(chosen) < 19)
        customer = {"name": self.name, "kind": "person" if self.is_person else "company"}
        opportunity = {
            "name": self.opportunity_name,
            "amount": self.amount,
            "expected_close_on": self.close_on,
        }
        return Choice(
            customer_id=None if is_new else int(chosen),
            contact_id=int(contact)
            if not is_new and contact.isascii() and contact.isdecimal() and len(contact) < 19
            else None,
            customer=customer if is_new else {},
            need=self.need if self.asks_need and "need" in posted else None,
            opportunity=opportunity if self.wants_opportunity else None,
        )

    def _value(self, key: str, otherwise: str) -> str:
        return str(self.posted.get(key, otherwise)) if self.posted is not None else otherwise

    def _is_clear(self, key: str) -> bool:
        return _presenter(self.actor).state(self.lead, key) == CLEAR


def why_words(lead: Lead) -> str:
    """Why the owner was chosen, in the reader's language; "" where nobody said."""
    told = lead.assigned_why or {}
    language = "en" if (get_language() or "").startswith("en") else "zh"
    return str(told.get(language) or told.get("zh") or "")


def readable_facts(lead: Lead, actor: Actor) -> list[tuple[str, int]]:
    """What raised the score, without what fields the reader does not read would tell."""
    presenter = _presenter(actor)
    fields = {"contact": "contact_name", "soon": "expected_purchase_on", "contacted": "first_contacted_at"}
    readable = []
    for fact, points in lead.score_facts:
        key = str(fact).partition(":")[0]
        if presenter.state(lead, fields.get(key, key)) == CLEAR:
            readable.append((fact, points))
    return fact_words(readable)


def assignable(actor: Actor) -> Sequence[tuple[str, str]]:
    """Whom the actor may give leads to."""
    owners = actor.owners("lead", "assign")
    return [row for row in people_options() if owners is None or int(row[0]) in owners]


def _presenter(actor: Actor) -> Presenter:
    return Presenter(record_type("lead"), actor)
