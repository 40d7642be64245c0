"""The values by which duplicates of a customer are found; kept in the transaction that changes it (CUS-12)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kezhi.core.bulk_insert import insert_values
from kezhi.core.chinese import pinyin
from kezhi.core.crypto import blind_index
from kezhi.core.values.email import parse_email
from kezhi.core.values.phone import parse_phone
from kezhi.core.values.problem import ValueProblem
from kezhi.customers.models import Contact, Customer, MatchKey

NAME, CORE, PHONE, MAIL, SOUND = "name", "core", "phone", "mail", "sound"
_COLUMNS = ("customer", "kind", "value")


def keys_of(customer: Any, contact_keys: Iterable[tuple[str, str]] = ()) -> set[tuple[str, str]]:
    """(kind, value) of everything that may show a customer twice; phones and mails as blind indexes."""
    keys = {(kind, value) for kind, value in contact_keys if value}
    if customer.name_key:
        keys.add((NAME, customer.name_key))
    if customer.name_core and len(customer.name_core) > 1:
        keys.add((CORE, customer.name_core))
        keys.add((SOUND, pinyin(customer.name_core)[:200]))
    if customer.phone_index:
        keys.add((PHONE, customer.phone_index))
    if customer.email_index:
        keys.add((MAIL, customer.email_index))
    return keys


def typed_reach(values: Mapping[str, Any]) -> set[tuple[str, str]]:
    """(kind, value) of a phone and a mail as somebody is typing them; what cannot be read yet is left out."""
    keys: set[tuple[str, str]] = set()
    for name, kind, read in (("phone", PHONE, parse_phone), ("email", MAIL, parse_email)):
        if not values.get(name):
            continue
        try:
            plain = read(str(values[name]))
        except ValueProblem:
            continue  # the field itself says what is wrong with it
        keys.add((kind, blind_index(plain.lower(), purpose=name)))
    return keys


def store_match_keys(customers: Sequence[Any], *, new: Sequence[Any]) -> None:
    """Make the stored keys of these customers what they should be; ``new`` ones are known to have none yet."""
    if not customers:
        return
    ids = [customer.pk for customer in customers]
    fresh = {customer.pk for customer in new}
    known = [pk for pk in ids if pk not in fresh]
    contacts: dict[int, set[tuple[str, str]]] = {}
    if known:
        rows = Contact.objects.ungated("match keys").filter(customer_id__in=known, deleted_at__isnull=True)
        for customer_id, phone, mail in rows.values_list("customer_id", "phone_index", "email_index"):
            contacts.setdefault(customer_id, set()).update({(PHONE, phone), (MAIL, mail)})
    stored: dict[int, set[tuple[str, str]]] = {}
    if known:
        for customer_id, kind, value in MatchKey.objects.filter(customer_id__in=known).values_list(
            "customer_id", "kind", "value"
        ):
            stored.setdefault(customer_id, set()).add((kind, value))
    rows_to_add: list[tuple[int, str, str]] = []
    for customer in customers:
        wanted = keys_of(customer, contacts.get(customer.pk, ()))
        have = stored.get(customer.pk, set())
        for kind, value in have - wanted:
            MatchKey.objects.filter(customer_id=customer.pk, kind=kind, value=value).delete()
        rows_to_add += [(customer.pk, kind, value) for kind, value in wanted - have]
    insert_values(MatchKey, _COLUMNS, rows_to_add, conflicts=True)


def store_reach_keys(customer_ids: Iterable[int]) -> None:
    """Make the phones and mails among these customers' keys what they should be, after their contacts changed."""
    ids = sorted(customer_ids)
    wanted: set[tuple[int, str, str]] = set()
    own = Customer.objects.ungated("match keys").filter(pk__in=ids).values_list("pk", "phone_index", "email_index")
    theirs = Contact.objects.ungated("match keys").filter(customer_id__in=ids, deleted_at__isnull=True)
    for customer_id, phone, mail in [*own, *theirs.values_list("customer_id", "phone_index", "email_index")]:
        wanted.update((customer_id, kind, value) for kind, value in ((PHONE, phone), (MAIL, mail)) if value)
    # All their keys, since asked for two kinds SQLite would read everybody's keys of these kinds.
    stored = MatchKey.objects.filter(customer_id__in=ids).values_list("customer_id", "kind", "value")
    have = {row for row in stored if row[1] in (PHONE, MAIL)}
    for customer_id, kind, value in have - wanted:
        MatchKey.objects.filter(customer_id=customer_id, kind=kind, value=value).delete()
    insert_values(MatchKey, _COLUMNS, wanted - have, conflicts=True)
