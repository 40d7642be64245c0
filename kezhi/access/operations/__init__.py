"""Every write of access: one verb, one transaction, one event."""

from kezhi.access.operations.absences import mark_away, may_manage_absence, remove_absence
from kezhi.access.operations.departments import (
    add_department,
    add_position,
    change_department,
    change_position,
    move_department,
    remove_department,
    remove_position,
)
from kezhi.access.operations.handing_over import hand_over
from kezhi.access.operations.installing import create_administrator, install_defaults
from kezhi.access.operations.preferences import change_preferences
from kezhi.access.operations.problems import Refused, SignInRefused
from kezhi.access.operations.roles import add_role, change_role, remove_role, set_field_rules, set_grants
from kezhi.access.operations.users import (
    UserDetails,
    add_user,
    change_user,
    deactivate_user,
    give_roles,
    reactivate_user,
    reset_password,
)

__all__ = [
    "Refused",
    "SignInRefused",
    "UserDetails",
    "add_department",
    "add_position",
    "add_role",
    "add_user",
    "change_department",
    "change_position",
    "change_preferences",
    "change_role",
    "change_user",
    "create_administrator",
    "deactivate_user",
    "give_roles",
    "hand_over",
    "install_defaults",
    "mark_away",
    "may_manage_absence",
    "move_department",
    "reactivate_user",
    "remove_absence",
    "remove_department",
    "remove_position",
    "remove_role",
    "reset_password",
    "set_field_rules",
    "set_grants",
]
