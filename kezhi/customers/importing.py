"""What a list of customers brings besides the customers: their contacts, and what lists write in one cell."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from kezhi.core.values.address import split_address
from kezhi.core.values.money import split_range
from kezhi.core.values.persons import Person, looks_like_person, read_people
from kezhi.core.values.several import emails_in, phones_in
from kezhi.customers.choices import kinds
from kezhi.customers.models import Customer
from kezhi.exchange.importing.profiles import ImportProfile, RelatedImport, register_import_profile
from kezhi.records.lists import list_choices

_REGION = ("province", "city", "district")
_MOSTLY = 0.8
_AT_LEAST = re.compile(r"(.*\d.*?)\s*(?:及以上|以上|起|\+)")  # zh-data
_AT_MOST = re.compile(r"(.*\d.*?)\s*(?:及以下|以下|以内|之内)")  # zh-data


def _is_company(values: Mapping[str, Any]) -> bool:
    return bool(values.get("kind", Customer.Kind.COMPANY) == Customer.Kind.COMPANY)


def split_region(values: dict[str, str]) -> None:
    """Province, city and district from a column that holds several of them (省市), or else from the address."""
    said = "".join(values.get(key, "") for key in _REGION)
    found = split_address(said) if said else None
    if found is not None and found.province and (not found.detail or said == values.get("province")):
        _fill(values, found.province, found.city, found.district)
        if found.detail:
            values.setdefault("address", said)
    elif not any(values.get(key) for key in _REGION) and values.get("address"):
        found = split_address(values["address"])
        _fill(values, found.province, found.city, found.district)


def _prepare(values: dict[str, str]) -> list[dict[str, str]]:
    split_region(values)
    _band_size(values)
    _split_budget(values)
    if _says_person(values.get("kind", "")):
        return []
    return _spread(values)


def _says_person(kind: str) -> bool:
    return kinds().find(kind) == Customer.Kind.PERSON if kind else False


def _split_budget(values: dict[str, str]) -> None:
    """A budget from–to in one cell (50-80万) is the lower and the upper one, 50万以上 the lower, 10万以下 the upper."""
    text = values.get("budget_high", "")
    if "budget_low" in values:
        return
    if both := split_range(text):
        values["budget_low"], values["budget_high"] = both
    elif least := _AT_LEAST.fullmatch(text):
        values["budget_low"] = least[1]
        del values["budget_high"]
    elif most := _AT_MOST.fullmatch(text):
        values["budget_high"] = most[1]


def _spread(values: dict[str, str]) -> list[dict[str, str]]:
    """Several people, numbers or addresses in one cell: the first is the customer's, the rest is its contacts'.

    Nothing is lost: what finds no contact of its own makes one.
    """
    people = read_people(values["contact.name"]) if "contact.name" in values else []
    if people:
        values["contact.name"] = people[0].name
        if people[0].position:
            values.setdefault("contact.position", people[0].position)
    others = people[1:]
    spare = {
        key: _spread_one(values, key, found_in, len(people))
        for key, found_in in (("phone", phones_in), ("email", emails_in))
    }
    count = max(len(others), *(len(each) for each in spare.values()))
    return [_further(others, spare, place) for place in range(count)]


def _spread_one(values: dict[str, str], key: str, found_in: Callable[[str], list[str]], people: int) -> list[str]:
    """Leave one value to the customer and one to its first contact; gives those of further contacts, in order."""
    own = found_in(values[key]) if key in values else []
    theirs = found_in(values[f"contact.{key}"]) if f"contact.{key}" in values else []
    if people > 1 and not theirs and len(own) == people:
        theirs = own  # one for each of them
    spare = [*theirs, *(text for text in own[1:] if text not in theirs)]
    if first := (own or theirs)[:1]:
        values[key] = first[0]
    if spare:
        values[f"contact.{key}"] = spare[0]
    return spare[1:]


def _further(others: Sequence[Person], spare: Mapping[str, Sequence[str]], place: int) -> dict[str, str]:
    """The contact at one place of those a row holds beyond the first."""
    found = {f"contact.{key}": texts[place] for key, texts in spare.items() if place < len(texts)}
    if place < len(others):
        found["contact.name"] = others[place].name
        if others[place].position:
            found["contact.position"] = others[place].position
    return found


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


def _guess_kind(names: Sequence[str]) -> Mapping[str, str]:
    """A list whose names are people's is one of persons."""
    people = sum(1 for name in names if looks_like_person(name))
    return {"kind": Customer.Kind.PERSON.value} if people >= _MOSTLY * len(names) > 0 else {}


CUSTOMER_IMPORT = ImportProfile(
    record_type="customer",
    prepare=_prepare,
    names_identify=_is_company,
    joined_names=("contact.name",),
    alone={"contact.name": "name", "contact.phone": "phone", "contact.email": "email", "contact.wechat": "wechat"},
    whole=("kind", "source"),
    closed=("level",),
    guess_whole=_guess_kind,
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
