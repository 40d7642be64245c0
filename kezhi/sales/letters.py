"""Letters that rules of sales write to the customer's side, behind the gate for personal data (AUTO-9)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kezhi.automation.actions.base import Step, Target
from kezhi.automation.texts import Filler
from kezhi.core.crypto import encrypt
from kezhi.core.jobs import enqueue
from kezhi.core.values.email import mask_email
from kezhi.customers.models import Contact, Customer
from kezhi.exchange.channels.mail import is_set_up
from kezhi.exchange.channels.setups import setup_of
from kezhi.exchange.gate import approved_fields
from kezhi.exchange.models import Source
from kezhi.exchange.rule_actions import mail_for_rule
from kezhi.records.fields import Field
from kezhi.records.leaving import is_kept_in, outside_mask

# The purpose under which jobs of rules keep their letters.
_PURPOSE = "exchange.rule_outbox"


@dataclass(frozen=True, slots=True)
class Letter:
    """To whom: the record that holds the address, and the address itself."""

    record_type: str
    record_id: int
    address: str

    @property
    def masked(self) -> str:
        """The address as it may be told."""
        return mask_email(self.address)

    @classmethod
    def of(cls, contact: Contact | None, customer: Customer | None) -> "Letter | None":
        """To a contact where that has an address, else to the customer; None where nobody has one."""
        if contact is not None and contact.email and not contact.has_left:
            return cls("contact", contact.pk, contact.email)
        if customer is not None and customer.email:
            return cls("customer", customer.pk, customer.email)
        return None


def letters_to(records: Sequence[Any]) -> list[Letter | None]:
    """To whom of each opportunity or customer is written: its contact (a customer's primary one), else the customer."""
    ids = [record.pk for record in records if isinstance(record, Customer)]
    rows = Contact.objects.ungated("rules").filter(customer_id__in=ids, deleted_at__isnull=True, has_left=False)
    primary = {row.customer_id: row for row in rows.filter(is_primary=True).order_by("-pk")} if ids else {}
    return [
        Letter.of(primary.get(record.pk), record)
        if isinstance(record, Customer)
        else Letter.of(record.contact, record.customer)
        for record in records
    ]


def may_leave(step: Step, target: Target, letter: Letter) -> bool:
    """Whether it can go out by itself: mail is set up, and every personal value in it was approved for this rule."""
    if not is_set_up(setup_of("mail")):
        return False
    return not _written(step, target, letter)[1]


def post_letter(step: Step, target: Target, letter: Letter) -> None:
    """Hand it to the job that sends it; the address is read again then."""
    text, _held = _written(step, target, letter)
    enqueue(
        mail_for_rule,
        unique_key=f"rule-mail:{target.run_id}:{step.number}",
        record_type=letter.record_type,
        record_id=letter.record_id,
        field="email",
        letter=encrypt(json.dumps(text, ensure_ascii=False), purpose=_PURPOSE),
        key=f"kezhi-rule-{target.run_id}-{step.number}",
    )


def _written(step: Step, target: Target, letter: Letter) -> tuple[list[str], bool]:
    """Subject and body, and whether something personal in them may not leave."""
    approved = approved_fields(Source.RULE, step.rule_id, letter.address.rpartition("@")[2])
    held = False

    def leaving(field: Field, record_type: str, record: Any, words: str) -> str:
        nonlocal held
        if not is_kept_in(field, record) or f"{record_type}.{field.key}" in approved:
            return words
        held = True
        return outside_mask(field, field.get(record))

    filler = Filler(step.record_type, target.actor, step.rule_label, outside=leaving)
    return list(filler.title_and_body(step.params["text"], target.record)), held
