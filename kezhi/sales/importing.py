"""What a list of leads brings in other cells than its fields: names in two columns, positions beside names, regions."""

from kezhi.core.values.persons import read_people
from kezhi.core.values.several import emails_in, phones_in
from kezhi.customers.importing import split_region
from kezhi.exchange.importing.profiles import ImportProfile, register_import_profile

_PHONES = ("phone", "phone_other")


def _prepare(values: dict[str, str]) -> list[dict[str, str]]:
    split_region(values)
    people = read_people(values["contact_name"]) if "contact_name" in values else []
    if len(people) == 1:
        values["contact_name"] = people[0].name
        if people[0].position:
            values.setdefault("position", people[0].position)
    # A cell that holds more than a lead has places for is left to the person, so that none is lost.
    phones = [text for key in _PHONES if values.get(key) for text in phones_in(values[key])]
    if 0 < len(phones) <= len(_PHONES):
        values.update(zip(_PHONES, phones, strict=False))
    if "email" in values and len(found := emails_in(values["email"])) == 1:
        values["email"] = found[0]
    return []


LEAD_IMPORT = ImportProfile(record_type="lead", prepare=_prepare, joined_names=("contact_name",), whole=("channel",))
register_import_profile(LEAD_IMPORT)
