"""Language, theme and density, kept with the user so that they follow to another device."""

from django.db import transaction
from django.http import HttpRequest

from kezhi.access import kinds
from kezhi.access.actors import Actor
from kezhi.access.models import User
from kezhi.access.operations.events import note


@transaction.atomic
def change_preferences(values: dict[str, str], *, actor: Actor) -> None:
    """Remember what the actor chose; ``values`` holds ``language``, ``theme``, ``density`` or some of them."""
    user = User.objects.filter(pk=actor.user_id).first() if actor.user_id is not None else None
    if user is None:
        return
    changes = {
        key: (getattr(user, key), value)
        for key, value in values.items()
        if key in ("language", "theme", "density") and getattr(user, key) != value
    }
    if not changes:
        return
    for key, (_before, after) in changes.items():
        setattr(user, key, after)
    user.save(update_fields=list(changes))
    note(kinds.PREFERENCES, "user", user.pk, actor.ref, changes=changes)


def keep_preferences(request: HttpRequest, chosen: dict[str, str]) -> None:
    """What the interface's own preferences page calls for somebody who is signed in."""
    actor = getattr(request, "actor", None)
    if isinstance(actor, Actor):
        change_preferences(chosen, actor=actor)
