"""What access learns of records: their rights, their fields, and how a leaver's records move."""

import re

from kezhi.access.handover import handovers
from kezhi.access.subjects import find_subject
from kezhi.records.registry import record_types
from kezhi.records.tests.fake_types import Firm


def test_every_record_type_can_be_granted_with_all_its_actions_and_fields(db):
    for record_type in record_types():
        subject = find_subject(record_type.key)

        assert subject is not None
        assert tuple(subject.actions) == record_type.all_actions
        assert [known.key for known in subject.fields()] == list(record_type.all_fields())


def test_only_types_whose_records_have_an_owner_of_their_own_are_handed_over(db):
    movable = {handover.name for handover in handovers() if "." not in handover.name}

    assert movable == {
        record_type.key
        for record_type in record_types()
        if record_type.owner_path == "owner_id"
        and (owner := record_type.field("owner")) is not None
        and not owner.read_only
    }


def test_a_hand_over_to_the_wrong_person_is_taken_back_in_one_click(firms, make_firm):
    firms.grant("settings", actions=("organisation",))
    firm, kept = make_firm(), make_firm("常州天宁纺织有限公司", firms.colleague)
    client = firms.administrator.client()
    page = f"/settings/users/{firms.rep.id}/handover/"

    answer = client.post(page, {"firm": str(firms.colleague.id)}, follow=True)

    assert set(Firm.objects.ungated("test").values_list("owner_id", flat=True)) == {firms.colleague.id}
    [undo] = re.findall(r'data-undo="(/undo/[^"]+)"', answer.content.decode())
    client.post(undo)
    owners = dict(Firm.objects.ungated("test").values_list("pk", "owner_id"))
    assert owners == {firm.pk: firms.rep.id, kept.pk: firms.colleague.id}
