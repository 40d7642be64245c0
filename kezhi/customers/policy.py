"""Who finds which customers in the pool: the gate's answer for claiming (CUS-15)."""

from django.db.models import Q

from kezhi.access.actors import Actor
from kezhi.access.models import Scope
from kezhi.access.policies import NOBODY, Policy
from kezhi.access.rights import organisation
from kezhi.core.figures import integer_figure
from kezhi.customers.models import Customer

CLAIM = "claim"


class CustomerPolicy(Policy[Customer]):
    """The plain policy, and one action more: ``claim`` reaches what lies in the pools of one's own branch.

    To claim does not mean to see: the record itself, its contacts and its history stay with those who see it anyway.
    """

    def __init__(self) -> None:
        super().__init__("customer")

    def special(self, actor: Actor, action: str) -> Q | None:
        if action != CLAIM:
            return None
        pools = reachable_pools(actor)
        lies_there = Q(pool_since__isnull=False, owner_id__isnull=True, deleted_at__isnull=True)
        if pools is None:
            return lies_there
        if not actor.allows(self.subject, CLAIM):
            return Q(pk__in=())
        return lies_there & (Q(pool_department_id__isnull=True) | Q(pool_department_id__in=pools))

    def reach(self, actor: Actor, action: str) -> frozenset[int] | None:
        return frozenset({NOBODY}) if action == CLAIM else super().reach(actor, action)

    def allows(self, actor: Actor, action: str, record: Customer) -> bool:
        if action != CLAIM:
            return super().allows(actor, action, record)
        if not in_pool(record) or not actor.allows(self.subject, CLAIM):
            return False
        pools = reachable_pools(actor)
        return pools is None or record.pool_department_id is None or record.pool_department_id in pools


def in_pool(customer: Customer) -> bool:
    """Whether a customer lies in a pool."""
    return customer.pool_since is not None and customer.owner_id is None and customer.deleted_at is None


def reachable_pools(actor: Actor) -> frozenset[int] | None:
    """The departments whose pools somebody may claim from, beside the company's own; None: all of them.

    The pools above one's own department always; with a reach below it, those below too.
    """
    if not actor.allows("customer", CLAIM):
        return frozenset()
    scope = actor.rights.scope("customer", CLAIM)
    if scope == Scope.ALL:
        return None
    department = actor.rights.department_id
    found = set(branch(department))
    if scope == Scope.BELOW and department is not None:
        found |= organisation().departments_below(department)
    return frozenset(found)


def branch(department_id: int | None) -> list[int]:
    """A department and those above it, the topmost first."""
    path = organisation().department_paths.get(department_id or 0, "")
    return [int(part) for part in path.split("/") if part]


def pool_of(owner_id: int | None) -> int | None:
    """The department whose pool takes the customers of this owner; None: the whole company's."""
    depth = integer_figure("pool.depth")
    line = branch(organisation().user_departments.get(owner_id or 0))
    return line[min(depth, len(line) - 1)] if depth and line else None
