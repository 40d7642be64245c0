"""What access learns of records: their rights, their fields, and how a leaver's records move."""

from kezhi.access.handover import handovers
from kezhi.access.subjects import find_subject
from kezhi.records.registry import record_types


def test_every_record_type_can_be_granted_with_all_its_actions_and_fields(db):
    for record_type in record_types():
        subject = find_subject(record_type.key)

        assert subject is not None
        assert tuple(subject.actions) == record_type.all_actions
        assert [known.key for known in subject.fields()] == list(record_type.all_fields())


def test_only_types_whose_records_have_an_owner_of_their_own_are_handed_over(db):
    movable = {handover.name for handover in handovers() if not handover.name.startswith("access.")}

    assert movable == {
        record_type.key
        for record_type in record_types()
        if record_type.owner_path == "owner_id"
        and (owner := record_type.field("owner")) is not None
        and not owner.read_only
    }
