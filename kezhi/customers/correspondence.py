"""Mail that comes in from customers and their contacts is filed with the customer (CUS-13, DATA-3)."""

from django.db.models import F

from kezhi.core.crypto import blind_index
from kezhi.customers.models import Contact, Customer
from kezhi.exchange.mailboxes.correspondents import Home, register_correspondents


def find_by_mail(address: str) -> Home | None:
    """The customer a mail address belongs to: of several the one followed up last; the contact who wrote is named."""
    index = blind_index(address, purpose="email")
    latest = (F("customer__last_followed_at").desc(nulls_last=True), "has_left", "pk")
    contacts = Contact.objects.ungated("filing mail").filter(
        email_index=index, deleted_at__isnull=True, customer__deleted_at__isnull=True
    )
    if contact := contacts.order_by(*latest).first():
        return Home("customer", contact.customer_id, (("contact", contact.pk),))
    customers = Customer.objects.ungated("filing mail").filter(email_index=index, deleted_at__isnull=True)
    customer = customers.order_by(F("last_followed_at").desc(nulls_last=True), "pk").first()
    return Home("customer", customer.pk) if customer is not None else None


register_correspondents("customer", find_by_mail, order=10)
