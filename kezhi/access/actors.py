"""The actor: who acts, through which door, with which rights. A value that is passed, never a global (style §2.5)."""

from dataclasses import dataclass, replace

from kezhi.access.models import Scope
from kezhi.access.rights import Rights, organisation, rights_of, system_rights
from kezhi.core.clock import day_start, now, today
from kezhi.core.conditions import ConditionContext
from kezhi.core.events import ActorRef


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody or something that acts.

    ``limits`` narrows a token to some "subject.action" pairs (None: no narrowing).
    """

    ref: ActorRef
    rights: Rights
    limits: frozenset[str] | None = None

    @property
    def user_id(self) -> int | None:
        """The user behind the actor, if there is one."""
        return self.ref.user_id

    def allows(self, subject: str, action: str) -> bool:
        """Whether the actor may do this to any record of the subject at all."""
        if self.limits is not None and f"{subject}.{action}" not in self.limits and "*" not in self.limits:
            return False
        return self.rights.allows(subject, action)

    def owners(self, subject: str, action: str) -> frozenset[int] | None:
        """Ids of the owners whose records the action reaches; None for everybody's, empty for nobody's."""
        if not self.allows(subject, action):
            return frozenset()
        return self.rights.owners(subject, action)

    def assigns_for_others(self, subject: str) -> bool:
        """Whether the actor hands out records of the subject in a department or wider, not only their own."""
        return self.allows(subject, "assign") and self.rights.scope(subject, "assign") not in (None, Scope.OWN)

    def condition_context(self) -> ConditionContext:
        """The moment and the person for conditions used by this actor."""
        return ConditionContext(
            now=now(),
            today=today(),
            day_start=day_start,
            me=self.user_id,
            my_department_ids=frozenset({self.rights.department_id}) if self.rights.department_id else frozenset(),
            members=organisation().members_below,
        )

    def through(self, door: str, door_ref: str = "") -> "Actor":
        """The same actor through another door, at the start of another act."""
        return replace(self, ref=replace(self.ref.for_operation(), door=door, door_ref=door_ref))

    def fresh(self) -> "Actor":
        """The same actor at the start of another act, so that each act can be undone on its own."""
        return replace(self, ref=self.ref.for_operation())


def user_actor(user_id: int, *, door: str = "page", door_ref: str = "") -> Actor:
    """A user as actor, with today's rights."""
    rights = rights_of(user_id)
    return Actor(ActorRef("user", rights.name, door, user_id=user_id, door_ref=door_ref), rights)


def token_actor(user_id: int, *, token_name: str, limits: frozenset[str]) -> Actor:
    """A program that acts for a user within a token's limits."""
    rights = rights_of(user_id)
    ref = ActorRef("token", f"{rights.name} · {token_name}", "api", user_id=user_id, door_ref=token_name)
    return Actor(ref, rights, limits)


def system_actor(name: str, *, door: str = "system", door_ref: str = "") -> Actor:
    """The system under a name of its own, for work nobody asked for in person; its deeds are logged under that name."""
    return Actor(ActorRef("system", name, door, door_ref=door_ref), system_rights(name))
