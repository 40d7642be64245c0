"""What a list of customers brings besides the customers: their contacts, and addresses written in one piece."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from kezhi.core.values.address import split_address
from kezhi.customers.models import Customer
from kezhi.exchange.importing.profiles import ImportProfile, RelatedImport, register_import_profile

_REGION = ("province", "city", "district")


def _is_company(values: Mapping[str, Any]) -> bool:
    return bool(values.get("kind", Customer.Kind.COMPANY) == Customer.Kind.COMPANY)


def _split_region(values: dict[str, str]) -> None:
    """Province, city and district from a column that holds several of them (省市), or else from the address."""
    province = values.get("province", "")
    found = split_address(province) if province else None
    if found is not None and found.city and "city" not in values:
        _fill(values, found.province, found.city, found.district)
    elif not any(values.get(key) for key in _REGION) and values.get("address"):
        found = split_address(values["address"])
        _fill(values, found.province, found.city, found.district)


def _fill(values: dict[str, str], *parts: str) -> None:
    for key, part in zip(_REGION, parts, strict=True):
        if part:
            values[key] = part


CUSTOMER_IMPORT = ImportProfile(
    record_type="customer",
    prepare=_split_region,
    names_identify=_is_company,
    related=(
        RelatedImport(
            record_type="contact",
            through="customer",
            fields=("name", "position", "role", "phone", "email", "wechat"),
            copies={"phone": "phone", "email": "email"},
            placeholders={"name": _("未知联系人")},
            applies=_is_company,
        ),
    ),
)
register_import_profile(CUSTOMER_IMPORT)
