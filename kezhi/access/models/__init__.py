"""Tables of access: departments, users, roles with their grants and field rules, absences, sign-in."""

from kezhi.access.models.lookups import Lookup
from kezhi.access.models.organisation import Absence, Department, Position, User
from kezhi.access.models.passkeys import Identity, Passkey, SignInStep
from kezhi.access.models.roles import FieldLevel, FieldRule, Grant, Role, Scope, UserRole
from kezhi.access.models.sign_in import RecoveryCode, SecondFactor, Session, SignInFailure

__all__ = [
    "Absence",
    "Department",
    "FieldLevel",
    "FieldRule",
    "Grant",
    "Identity",
    "Lookup",
    "Passkey",
    "Position",
    "RecoveryCode",
    "Role",
    "Scope",
    "SecondFactor",
    "Session",
    "SignInFailure",
    "SignInStep",
    "User",
    "UserRole",
]
