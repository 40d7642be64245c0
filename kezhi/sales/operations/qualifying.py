"""From a lead to a customer, a contact and an opportunity in one act, nothing typed twice (LEAD-5); and back."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import NotAllowed, require
from kezhi.access.rights import system_rights
from kezhi.core.clock import local, now, today
from kezhi.core.events import EventDraft, Json, read_facts, record_event
from kezhi.core.figures import text_figure
from kezhi.core.models import Event
from kezhi.customers.models import Consent, Contact, Customer
from kezhi.customers.operations.consents import record_consent
from kezhi.records import kinds
from kezhi.records.lists import tag_choices
from kezhi.records.operations import InvalidRecord, create_record, delete_records
from kezhi.records.operations.files import copy_files
from kezhi.records.operations.writing import draft_new, store_new
from kezhi.records.registry import record_type
from kezhi.sales.events_leads import QUALIFIED
from kezhi.sales.joining import leads_joined
from kezhi.sales.models import Lead, Opportunity
from kezhi.sales.operations.leads import OPEN_STATES, change_state, locked_lead
from kezhi.work.changes import tasks_changed
from kezhi.work.models import Task

Values = Mapping[str, Any]
Problems = dict[str, str | Promise]

_SAME = ("industry", "province", "city", "expected_purchase_on", "note")


@dataclass(frozen=True, slots=True)
class Choice:
    """What somebody decided when qualifying a lead.

    Without ``customer_id`` a customer is made from the lead, without ``contact_id`` the customer's contact of the same
    phone or mail is taken, else one is made. Values given here win over the lead's. ``opportunity`` None makes none.
    """

    customer_id: int | None = None
    contact_id: int | None = None
    customer: Values = field(default_factory=dict)
    need: str | None = None
    opportunity: Values | None = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Qualified:
    """What a lead became."""

    lead: Lead
    customer: Customer
    contact: Contact | None
    opportunity: Opportunity | None


@transaction.atomic
def qualify_lead(lead: Lead, choice: Choice, *, actor: Actor) -> Qualified:
    """Make customer, contact and opportunity of a lead, or join those that exist; all or nothing.

    Tags, files, consent, source and open tasks go along. The lead stays, points to what it became, and changes no more.

    Raises:
        NotAllowed: the actor may not change the lead or make what it becomes.
        InvalidRecord: the lead is finished, its need is not clear, or a value is refused; keys as ``customer.phone``.
    """
    stored = locked_lead(lead.pk, actor)
    if stored.state not in OPEN_STATES:
        raise InvalidRecord({"": _("线索已经结束，不能再做这一步")})
    if choice.need is not None and choice.need.strip() != stored.need:
        change_state(stored, {"need": choice.need.strip()[:4000]}, actor)
    _require_clear(stored)
    was = stored.state
    made: list[str] = []
    customer = _customer(stored, choice, actor, made)
    contact = _contact(stored, customer, choice, actor, made)
    opportunity = _opportunity(stored, customer, contact, choice, actor, made)
    if stored.consented_at is not None:
        _carry_consent(stored, customer, actor)
    copy_files(stored, opportunity or customer, actor=actor)
    tasks = _carry_tasks(stored, opportunity or customer)
    stored.contact = contact
    stored.qualified_at = now()
    change_state(
        stored,
        {
            "state": Lead.State.QUALIFIED,
            "customer": customer.pk,
            "first_contacted_at": stored.first_contacted_at or now(),
            "recycle_on": None,
        },
        actor,
    )
    leads_joined([customer.pk])
    facts: dict[str, Json] = {
        "customer": customer.pk,
        "contact": contact.pk if contact else None,
        "opportunity": opportunity.pk if opportunity else None,
        "made": [*made],
        "was": was,
        "tasks": [*tasks],
    }
    also = [("customer", customer.pk)] + ([("opportunity", opportunity.pk)] if opportunity else [])
    record_event(
        EventDraft(kind=QUALIFIED.key, record_type="lead", record_id=stored.pk, actor=actor.ref, facts=facts, also=also)
    )
    return Qualified(stored, customer, contact, opportunity)


@transaction.atomic
def take_back(lead: Lead, *, actor: Actor) -> Lead:
    """Undo a qualification: what it made goes to the recycle bin, the lead is what it was.

    Raises:
        NotAllowed: somebody else qualified it and the actor may not undo what others did.
        InvalidRecord: it is not qualified, or somebody has worked on what it became.
    """
    stored = locked_lead(lead.pk, actor)
    event = Event.objects.filter(record_type="lead", record_id=lead.pk, kind=QUALIFIED.key).order_by("-id").first()
    if stored.state != Lead.State.QUALIFIED or event is None:
        raise InvalidRecord({"": _("这条线索没有转化")})
    if event.actor_id != actor.user_id and not actor.allows("audit", "undo"):
        raise NotAllowed(_("只有操作人本人可以撤销"), subject="audit", action="undo")
    facts = read_facts(event)
    made = facts.get("made")
    kinds_made = [str(key) for key in made] if isinstance(made, list) else []
    parts = [(key, int(str(facts[key]))) for key in kinds_made if facts.get(key)]
    _refuse_touched(parts, event)
    _return_tasks(stored, facts.get("tasks"))
    # One takes back one's own act: what it made may go although the role deletes no customers.
    own = replace(actor, rights=system_rights(actor.ref.label), limits=None)
    for key in ("opportunity", "contact", "customer"):
        ids = [pk for kind, pk in parts if kind == key]
        known = record_type(key)
        alive = known.model.objects.ungated("undo").filter(pk__in=ids, deleted_at__isnull=True)
        if ids and alive.exists():
            delete_records(known, ids, actor=own, is_approved=True)
    stored.contact, was_customer = None, stored.customer_id
    change_state(stored, {"state": str(facts.get("was") or Lead.State.WORKING), "customer": None}, actor)
    if was_customer is not None:
        leads_joined([was_customer])
    return stored


def opportunity_name(lead: Lead) -> str:
    """What an opportunity of this lead is called unless somebody says otherwise."""
    about = lead.interest or gettext("新商机")
    return f"{lead.name} {about}"[:120]


def is_person(lead: Lead) -> bool:
    """Whether the lead looks like a person and not a company."""
    return lead.name == lead.contact_name


def _require_clear(lead: Lead) -> None:
    problems: Problems = {}
    if not lead.need and not lead.interest:
        problems["need"] = _("转化之前请写清需求")
    if not lead.phone and not lead.email:
        problems[""] = _("转化之前请补上电话或邮箱")
    if problems:
        raise InvalidRecord(problems)


def _customer(lead: Lead, choice: Choice, actor: Actor, made: list[str]) -> Customer:
    if choice.customer_id is not None:
        rows = Customer.objects.visible_to(actor).filter(pk=choice.customer_id, deleted_at__isnull=True)
        found: Customer | None = rows.first()
        if found is None:
            raise InvalidRecord({"customer": _("找不到这位客户，或者您没有权限查看")})
        return found
    known_tags = tag_choices("customer").items
    values: dict[str, Any] = {
        "name": lead.name,
        "kind": Customer.Kind.PERSON if is_person(lead) else Customer.Kind.COMPANY,
        # Of two numbers the first is the person's, the other the company's.
        "phone": lead.phone if is_person(lead) else lead.phone_other or lead.phone,
        "email": lead.email,
        "wechat": lead.wechat if is_person(lead) else "",
        "source": lead.channel,
        "source_detail": lead.source_detail or (lead.source.name if lead.source else ""),
        "budget_high": lead.budget,
        "tags": [str(tag) for tag in lead.tag_ids if str(tag) in known_tags],
        **{key: getattr(lead, key) for key in _SAME},
        **choice.customer,
    }
    customer: Customer = _create("customer", _filled(values) | _owner(lead, "customer", actor), actor)
    made.append("customer")
    return customer


def _contact(lead: Lead, customer: Customer, choice: Choice, actor: Actor, made: list[str]) -> Contact | None:
    rows = Contact.objects.visible_to(actor).filter(customer_id=customer.pk, deleted_at__isnull=True)
    if choice.contact_id is not None:
        chosen: Contact | None = rows.filter(pk=choice.contact_id).first()
        if chosen is None:
            raise InvalidRecord({"contact": _("这个联系人不属于该客户")})
        return chosen
    for column in ("phone_index", "email_index"):
        value = getattr(lead, column)
        same: Contact | None = rows.filter(**{column: value}).order_by("pk").first() if value else None
        if same is not None:
            return same
    if customer.kind == Customer.Kind.PERSON:
        return None
    values = {
        "customer": str(customer.pk),
        "name": lead.contact_name or text_figure("sales.unknown_contact"),
        "position": lead.position,
        "phone": lead.phone,
        "email": lead.email,
        "wechat": lead.wechat,
    }
    contact: Contact = _create("contact", _filled(values), actor)
    made.append("contact")
    return contact


def _opportunity(
    lead: Lead, customer: Customer, contact: Contact | None, choice: Choice, actor: Actor, made: list[str]
) -> Opportunity | None:
    if choice.opportunity is None:
        return None
    known_tags = tag_choices("opportunity").items
    soon = lead.expected_purchase_on if (lead.expected_purchase_on or today()) > today() else None
    values: dict[str, Any] = {
        "name": opportunity_name(lead),
        "customer": str(customer.pk),
        "contact": str(contact.pk) if contact else "",
        "amount": lead.budget,
        "expected_close_on": soon,
        "interest": lead.interest,
        "source": lead.channel,
        "note": lead.need,
        "tags": [str(tag) for tag in lead.tag_ids if str(tag) in known_tags],
        **choice.opportunity,
    }
    row = _filled(values) | _owner(lead, "opportunity", actor)
    known = record_type("opportunity")
    [draft] = draft_new(known, [row], actor=actor, given=[{"lead_id": lead.pk}])
    if draft.problems:
        raise InvalidRecord({f"opportunity.{key}": sentence for key, sentence in draft.problems.items()})
    [opportunity] = store_new(known, [draft], actor=actor)
    made.append("opportunity")
    found: Opportunity = opportunity
    return found


def _create(key: str, values: Values, actor: Actor) -> Any:
    try:
        return create_record(record_type(key), values, actor=actor)
    except InvalidRecord as refused:
        raise InvalidRecord({f"{key}.{field}": sentence for field, sentence in refused.problems.items()}) from refused


def _filled(values: Values) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in (None, "", [])}


def _owner(lead: Lead, key: str, actor: Actor) -> dict[str, str]:
    """The lead's owner goes on with it, where the actor may give records to them; else it is the actor's."""
    owners = actor.owners(key, "create")
    if lead.owner_id and (owners is None or lead.owner_id in owners):
        return {"owner": str(lead.owner_id)}
    return {}


def _carry_consent(lead: Lead, customer: Customer, actor: Actor) -> None:
    """What was agreed to on the entry page holds for the customer, with day and wording."""
    if lead.consented_at is None:
        return
    try:
        require(actor, "edit", customer)
    except NotAllowed:
        return  # somebody else's customer: the consent stays on the lead
    day = local(lead.consented_at).date()
    ways = (("phone", Consent.Purpose.CONTACT_PHONE), ("email", Consent.Purpose.CONTACT_MAIL))
    for key, purpose in ways:
        if not getattr(lead, key):
            continue
        if Consent.objects.filter(customer_id=customer.pk, purpose=purpose, withdrawn_at__isnull=True).exists():
            continue
        how = gettext("录入页勾选（线索 %(number)s）") % {"number": lead.number}
        record_consent(customer, purpose, given_on=day, how=how, evidence=lead.consent_text[:200], actor=actor)


def _carry_tasks(lead: Lead, to: Any) -> list[int]:
    """What is still to be done about the lead is to be done about what it became; gives the tasks."""
    rows = Task.objects.ungated("qualified lead").filter(about_type="lead", about_id=lead.pk, state=Task.State.OPEN)
    tasks = list(rows.filter(deleted_at__isnull=True).order_by("pk"))
    _point_tasks(tasks, to._meta.model_name, to.pk, to.name)
    return [task.pk for task in tasks]


def _return_tasks(lead: Lead, ids: Json) -> None:
    wanted = [int(str(pk)) for pk in ids] if isinstance(ids, list) else []
    rows = Task.objects.ungated("qualification undone").filter(pk__in=wanted).exclude(about_type="lead")
    _point_tasks(list(rows.order_by("pk")), "lead", lead.pk, lead.name)


def _point_tasks(tasks: list[Task], about_type: str, about_id: int, title: str) -> None:
    if not tasks:
        return
    rows = Task.objects.ungated("qualified lead").filter(pk__in=[task.pk for task in tasks])
    rows.update(about_type=about_type, about_id=about_id, about_title=title[:200])
    # Facts of both ends follow: of what they were about, and of what they are about now.
    tasks_changed([*tasks, *rows.order_by("pk")])


def _refuse_touched(parts: list[tuple[str, int]], event: Event) -> None:
    for key, pk in parts:
        later = Event.objects.filter(
            record_type=key,
            record_id=pk,
            subjects__record_type=key,
            subjects__record_id=pk,
            kind=kinds.CHANGED.key,
            actor_kind__in=("user", "token"),
        )
        if later.exclude(operation=event.operation).exists():
            raise InvalidRecord({"": _("转化之后又有人修改过，不能撤销")})
