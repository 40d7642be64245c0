"""What a list of customers brings besides the customers: their contacts, and addresses written in one piece."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from kezhi.core.values.address import split_address
from kezhi.customers.models import Customer
from kezhi.exchange.importing.profiles import ImportProfile, RelatedImport, register_import_profile
from kezhi.records.lists import list_choices

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


def _prepare(values: dict[str, str]) -> None:
    _split_region(values)
    _band_size(values)


def _band_size(values: dict[str, str]) -> None:
    """The size a plain number of employees stands for, where the list's names are spans ("100–499", "1000+")."""
    plain = values.get("size", "").replace(",", "").removesuffix(".0")
    if not plain.isdecimal() or len(plain) > 9:
        return
    for item in list_choices("company_size").items.values():
        low, high = _span(item.key)
        if item.is_active and low is not None and low <= int(plain) <= (high or int(plain)):
            values["size"] = item.key
            return


def _span(key: str) -> tuple[int | None, int | None]:
    """First and last of "100-499"; of "1000+" only the first; neither of anything else."""
    low, dash, high = key.partition("-")
    if dash and low.isdecimal() and high.isdecimal():
        return int(low), int(high)
    return (int(key[:-1]), None) if key.endswith("+") and key[:-1].isdecimal() else (None, None)


def _fill(values: dict[str, str], *parts: str) -> None:
    for key, part in zip(_REGION, parts, strict=True):
        if part:
            values[key] = part


CUSTOMER_IMPORT = ImportProfile(
    record_type="customer",
    prepare=_prepare,
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
