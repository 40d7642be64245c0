"""The tree of departments keeps its paths, whatever moves where."""

import pytest

from kezhi.access.models import Department
from kezhi.access.operations import (
    Refused,
    add_department,
    add_position,
    change_department,
    move_department,
    remove_department,
    remove_position,
)
from kezhi.access.policies import NotAllowed
from kezhi.access.rights import organisation
from kezhi.core.events import read_changes
from kezhi.core.models.events import Event


def find(key):
    return Department.objects.get(key=key)


def paths():
    return {row.key: row.path for row in Department.objects.all()}


def true_paths():
    """Worked out anew from the parents alone."""
    parents = {row.pk: row.parent_id for row in Department.objects.all()}

    def path(pk):
        return f"{path(parents[pk]) if parents[pk] else '/'}{pk}/"

    return {row.key: path(row.pk) for row in Department.objects.all()}


def test_a_moved_department_takes_everything_below_along(company):
    act = company.administrator.actor
    small = add_department("小组", parent=find("cast-team"), actor=act, key="small")

    move_department(find("cast-sales"), find("cast-elsewhere"), actor=company.administrator.actor)

    assert paths() == true_paths()
    assert small.pk in organisation().departments_below(find("cast-elsewhere").pk)
    assert company.rep.id in organisation().members_below(frozenset({find("cast-elsewhere").pk}))


def test_a_department_with_a_similar_number_is_not_moved_along(company):
    act = company.administrator.actor
    many = [add_department(f"部门{number}", parent=find("cast-company"), actor=act) for number in range(12)]

    move_department(many[0], find("cast-sales"), actor=company.administrator.actor)

    assert paths() == true_paths()


def test_a_department_moves_to_the_top(company):
    move_department(find("cast-team"), None, actor=company.administrator.actor)

    assert find("cast-team").path == f"/{find('cast-team').pk}/"
    assert paths() == true_paths()


@pytest.mark.parametrize("below", ["cast-sales", "cast-team"])
def test_a_department_cannot_lie_within_itself(company, below):
    before = paths()

    with pytest.raises(Refused) as refused:
        move_department(find("cast-sales"), find(below), actor=company.administrator.actor)

    assert list(refused.value.problems) == ["parent"]
    assert paths() == before
    assert not Event.objects.filter(kind="department.moved").exists()


def test_a_move_is_recorded_once_with_before_and_after(company):
    before, after = find("cast-sales").pk, find("cast-elsewhere").pk

    move_department(find("cast-team"), find("cast-elsewhere"), actor=company.administrator.actor)
    move_department(find("cast-team"), find("cast-elsewhere"), actor=company.administrator.actor)

    event = Event.objects.get(kind="department.moved")
    assert read_changes(event) == {"parent_id": (before, after)}


def test_two_sisters_cannot_have_one_name(company):
    with pytest.raises(Refused) as refused:
        add_department("销售一组", parent=find("cast-sales"), actor=company.administrator.actor)

    assert list(refused.value.problems) == ["name_zh"]


def test_a_department_with_people_or_departments_stays(company):
    for key in ("cast-sales", "cast-team"):
        with pytest.raises(Refused):
            remove_department(find(key), actor=company.administrator.actor)

    assert {"cast-sales", "cast-team"} <= set(paths())


def test_an_empty_department_goes(company):
    empty = add_department("临时组", parent=find("cast-sales"), actor=company.administrator.actor)

    remove_department(empty, actor=company.administrator.actor)

    assert not Department.objects.filter(name_zh="临时组").exists()


def test_a_new_head_sees_the_department_at_once(company):
    before = company.rep.actor.rights.above_ids

    change_department(find("cast-team"), name_zh="销售一组", head=company.rep.user, actor=company.administrator.actor)

    assert before == {company.rep.id}
    assert company.rep.actor.rights.above_ids == {company.rep.id, company.colleague.id}


def test_keys_come_from_names_in_either_language(company):
    act = company.administrator.actor

    keys = [add_department("法务部", name_en="Legal", actor=act).key, add_department("财务部", actor=act).key]

    assert keys == ["legal", "cai-wu-bu"]


def test_a_rep_changes_no_department(company):
    before = paths()

    with pytest.raises(NotAllowed):
        add_department("我的部门", actor=company.rep.actor)
    with pytest.raises(NotAllowed):
        move_department(find("cast-team"), None, actor=company.rep.actor)

    assert paths() == before


def test_a_position_somebody_holds_stays(company):
    position = add_position("销售代表", actor=company.administrator.actor)
    company.rep.user.position = position
    company.rep.user.save()

    with pytest.raises(Refused):
        remove_position(position, actor=company.administrator.actor)
