"""What a fresh system needs before anybody can work: the shipped roles and a first administrator."""

from django.db import transaction

from kezhi.access.actors import Actor
from kezhi.access.defaults import load_default_roles
from kezhi.access.models import Role, User
from kezhi.access.operations.users import UserDetails, add_user


@transaction.atomic
def install_defaults(*, actor: Actor) -> int:
    """Load the shipped roles that are not there yet; gives how many were added. Harmless to repeat."""
    return load_default_roles(actor=actor)


@transaction.atomic
def create_administrator(username: str, name: str, password: str, *, actor: Actor, email: str = "") -> User:
    """Add somebody who may do everything, with the shipped administrator role.

    Raises:
        Refused: with a sentence per field.
    """
    install_defaults(actor=actor)
    role = Role.objects.get(key="administrator")
    details = UserDetails(username=username, name=name, email=email)
    return add_user(details, actor=actor, roles=[role], password=password, must_change_password=False)
