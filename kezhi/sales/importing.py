"""What a list of leads brings in other cells than its fields: names in two columns, positions beside names, regions."""

from kezhi.core.values.persons import read_people
from kezhi.core.values.several import emails_in, phones_in
from kezhi.customers.importing import split_region
from kezhi.exchange.importing.profiles import ImportProfile, register_import_profile


def _prepare(values: dict[str, str]) -> list[dict[str, str]]:
    split_region(values)
    people = read_people(values["contact_name"]) if "contact_name" in values else []
    if len(people) == 1:
        values["contact_name"] = people[0].name
        if people[0].position:
            values.setdefault("position", people[0].position)
    for key, found_in in (("phone", phones_in), ("email", emails_in)):
        # A lead has one of each: a cell that holds more is left to the person, so that none is lost.
        if key in values and len(found := found_in(values[key])) == 1:
            values[key] = found[0]
    return []


LEAD_IMPORT = ImportProfile(record_type="lead", prepare=_prepare, joined_names=("contact_name",), whole=("channel",))
register_import_profile(LEAD_IMPORT)
