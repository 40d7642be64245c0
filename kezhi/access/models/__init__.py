"""Tables of access: departments, users, roles with their grants and field rules, absences, sign-in."""

from kezhi.access.models.organisation import Absence, Department, Position, User
from kezhi.access.models.roles import FieldLevel, FieldRule, Grant, Role, Scope, UserRole
from kezhi.access.models.sign_in import RecoveryCode, SecondFactor, Session, SignInFailure

__all__ = [
    "Absence",
    "Department",
    "FieldLevel",
    "FieldRule",
    "Grant",
    "Position",
    "RecoveryCode",
    "Role",
    "Scope",
    "SecondFactor",
    "Session",
    "SignInFailure",
    "User",
    "UserRole",
]
