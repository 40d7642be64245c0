"""A leaver's work goes to others in one act; the history stays (ORG-6)."""

from collections.abc import Mapping

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kezhi.access import kinds
from kezhi.access.actors import Actor
from kezhi.access.handover import handovers, register_handover
from kezhi.access.models import Department, User
from kezhi.access.operations.events import note
from kezhi.access.operations.problems import Refused
from kezhi.access.operations.users import superiors
from kezhi.access.policies import require_area
from kezhi.access.rights import EPOCH
from kezhi.core import epochs
from kezhi.core.events import Json


@transaction.atomic
def hand_over(user: User, receivers: Mapping[str, int], *, actor: Actor) -> dict[str, int]:
    """Give somebody's work to others: {kind of work: receiver's id}; gives how much of each moved.

    Everything moves in one transaction and under one operation; doing it again moves nothing.

    Raises:
        NotAllowed, Refused: the receiver is unknown, inactive or the same person.
    """
    require_area(actor, "settings", "organisation")
    active = set(User.objects.filter(pk__in=receivers.values(), is_active=True).values_list("pk", flat=True))
    problems: dict[str, str] = {}
    for name, receiver in receivers.items():
        if receiver == user.pk:
            problems[name] = _("不能移交给本人。")
        elif receiver not in active:
            problems[name] = _("接手人不存在或已停用。")
    if problems:
        raise Refused(problems)
    moved: dict[str, int] = {}
    for handover in handovers():
        if handover.name in receivers:
            moved[handover.name] = handover.move(user.pk, receivers[handover.name], actor)
    epochs.bump(EPOCH)
    facts: dict[str, Json] = {
        "moved": dict(moved),
        "receivers": {name: receivers[name] for name in moved},
    }
    note(kinds.HANDED_OVER, "user", user.pk, actor.ref, facts=facts)
    return moved


def _count_reports(user_id: int) -> int:
    return User.objects.filter(manager_id=user_id, is_active=True).count()


def _move_reports(from_id: int, to_id: int, actor: Actor) -> int:
    """Whoever answered to the one answers to the other; those above the receiver go to the leaver's own manager."""
    leaver = User.objects.get(pk=from_id)
    above_receiver = superiors(to_id) | {to_id}
    moved = 0
    for report in User.objects.filter(manager_id=from_id).order_by("pk"):
        after = leaver.manager_id if report.pk in above_receiver else to_id
        User.objects.filter(pk=report.pk).update(manager_id=after)
        note(kinds.USER_CHANGED, "user", report.pk, actor.ref, changes={"manager": (from_id, after)})
        moved += 1
    return moved


def _count_departments(user_id: int) -> int:
    return Department.objects.filter(head_id=user_id).count()


def _move_departments(from_id: int, to_id: int, actor: Actor) -> int:
    moved = 0
    for department in Department.objects.filter(head_id=from_id).order_by("pk"):
        Department.objects.filter(pk=department.pk).update(head_id=to_id)
        changes = {"head_id": (from_id, to_id)}
        note(kinds.DEPARTMENT_CHANGED, "department", department.pk, actor.ref, changes=changes)
        moved += 1
    return moved


register_handover("access.reports", gettext_lazy("下属"), _count_reports, _move_reports, icon="people", order=90)
register_handover(
    "access.departments", gettext_lazy("负责的部门"), _count_departments, _move_departments, icon="department", order=91
)
