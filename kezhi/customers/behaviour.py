"""What customers and contacts add to the generic operations: names for matching, completeness, review."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from kezhi.access.rights import organisation
from kezhi.core.events import EventDraft
from kezhi.core.figures import figure_value
from kezhi.core.values.names import clean_name, company_core, company_key
from kezhi.customers.history import folded_ids, folded_onward, merged_ids, merged_onward
from kezhi.customers.listening import customers_changed
from kezhi.customers.match_keys import store_match_keys, store_reach_keys
from kezhi.customers.models import Consent, Contact, Customer
from kezhi.customers.pooling import follow_owners, pool_events
from kezhi.records.behaviour import Behaviour, Draft
from kezhi.records.completeness import completeness
from kezhi.records.registry import RecordType
from kezhi.work.operations.tasks import rename_tasks


class CustomerBehaviour(Behaviour):
    """Keeps a customer's stored facts right whenever one is created or changed."""

    def consents(self, record: Any) -> frozenset[str]:
        if record.pk is None:
            return frozenset()
        rows = Consent.objects.filter(
            customer_id=record.pk,
            withdrawn_at__isnull=True,
            purpose__in=[Consent.Purpose.RESIDENT_ID, Consent.Purpose.BANK_CARD],
        )
        return frozenset(rows.values_list("purpose", flat=True))

    def check(self, record_type: RecordType, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            low, high = draft.record.budget_low, draft.record.budget_high
            if low is not None and high is not None and low > high:
                draft.problems["budget_low"] = _("预算下限不能高于上限")
            customer: Customer = draft.record
            if draft.changed("customer_type") and customer.order_count and not customer.type_reason:
                draft.problems["customer_type"] = _("类型按采购额计算；要手工指定，请先填写“类型说明”。")

    def history_ids(self, record: Any) -> Sequence[int]:
        return merged_ids(record.pk)

    def moved_to(self, record_id: int) -> int | None:
        return merged_onward(record_id)

    def name_key(self, text: str) -> tuple[str, str] | None:
        return "name_key", company_key(text)[:200]

    def derive(self, record_type: RecordType, drafts: Sequence[Draft]) -> Sequence[str]:
        for draft in drafts:
            customer: Customer = draft.record
            if draft.is_new or draft.changed("name", "kind"):
                customer.name = clean_name(customer.name)
                customer.name_key = company_key(customer.name)[:200]
                customer.name_core = company_core(customer.name)[:200]
            customer.completeness = completeness(record_type, customer).percent
            if self._needs_review(draft):
                customer.review = Customer.Review.WAITING
        return ("name", "name_key", "name_core", "completeness", "review", *follow_owners(drafts))

    def stored(self, record_type: RecordType, drafts: Sequence[Draft]) -> Sequence[EventDraft]:
        store_match_keys([draft.record for draft in drafts], new=[draft.record for draft in drafts if draft.is_new])
        renamed = [draft.record for draft in drafts if not draft.is_new and draft.changed("name")]
        rename_tasks("customer", {record.pk: record.name for record in renamed})
        customers_changed([draft.record.pk for draft in drafts])
        return pool_events(drafts)

    def _needs_review(self, draft: Draft) -> bool:
        """Whether the owner's department wants the record looked at (CUS-9): off, new records only, or all changes."""
        department = organisation().user_departments.get(draft.record.owner_id or 0)
        wanted = figure_value("customers.review", department)
        if draft.is_new:
            return wanted in ("new", "all")
        return wanted == "all" and bool(set(draft.after) - {"owner", "tags"})


class ContactBehaviour(Behaviour):
    """Keeps the customer's main contact and match keys right."""

    def history_ids(self, record: Any) -> Sequence[int]:
        return folded_ids(record.pk)

    def moved_to(self, record_id: int) -> int | None:
        return folded_onward(record_id)

    def check(self, record_type: RecordType, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            contact: Contact = draft.record
            successor = contact.successor
            if successor is not None and successor.customer_id != contact.customer_id:
                draft.problems["successor"] = _("接任者应是同一客户的联系人")

    def stored(self, record_type: RecordType, drafts: Sequence[Draft]) -> Sequence[EventDraft]:
        customer_ids = {draft.record.customer_id for draft in drafts}
        for draft in drafts:
            if draft.record.is_primary and draft.changed("is_primary"):
                others = Contact.objects.ungated("one main contact").filter(
                    customer_id=draft.record.customer_id, is_primary=True
                )
                others.exclude(pk=draft.record.pk).update(is_primary=False)
        refresh_primary_contacts(customer_ids)
        return ()

    def removed(self, record_type: RecordType, records: Sequence[Any], actor: Any) -> None:
        refresh_primary_contacts({record.customer_id for record in records})

    def restored(self, record_type: RecordType, records: Sequence[Any], actor: Any) -> None:
        refresh_primary_contacts({record.customer_id for record in records})


def refresh_primary_contacts(customer_ids: set[int]) -> None:
    """Write each customer's main contact where lists show it: the one marked, else the first who has not left."""
    # Locked first: whoever waits here then reads what the other one has stored.
    customers = Customer.objects.ungated("stored fact").filter(pk__in=customer_ids).order_by("pk").select_for_update()
    stored = list(customers.values_list("pk", "primary_contact_name"))
    names: dict[int, str] = {}
    rows = Contact.objects.ungated("stored fact").filter(
        customer_id__in=customer_ids, deleted_at__isnull=True, has_left=False
    )
    for customer_id, name in rows.order_by("-is_primary", "id").values_list("customer_id", "name"):
        names.setdefault(customer_id, name)
    changed = [(names.get(pk, ""), pk) for pk, name in stored if name != names.get(pk, "")]
    with connection.cursor() as cursor:
        # One prepared statement: an import brings a contact for each of its customers.
        cursor.executemany("UPDATE customers_customer SET primary_contact_name = %s WHERE id = %s", changed)
    store_reach_keys(customer_ids)
