"""Putting customers into the pool and taking them out of it (CUS-15)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import NotAllowed, require_area
from kezhi.access.rights import organisation
from kezhi.core.clock import local, now, today
from kezhi.core.figures import integer_figure
from kezhi.customers.models import ClaimCount, Customer
from kezhi.customers.policy import CLAIM
from kezhi.customers.pooling import BY_CLAIM, BY_RELEASE, POOL
from kezhi.records.behaviour import Draft
from kezhi.records.lists import Option, list_choices
from kezhi.records.operations import InvalidRecord
from kezhi.records.operations.words import refuse_sensitive_words
from kezhi.records.operations.writing import draft_changes, store_changes
from kezhi.records.registry import record_type

_NOTE = 200


@dataclass(slots=True)
class PoolResult:
    """What an act on the pool did: ids that moved, and why the others did not, each in a sentence."""

    done: list[int] = field(default_factory=list)
    refused: dict[int, str | Promise] = field(default_factory=dict)


@transaction.atomic
def release_customers(ids: Iterable[int], reason: str, *, actor: Actor, note: str = "") -> list[int]:
    """Give customers back to the pool, with a reason off the list; all or none. Gives their ids.

    Raises:
        DoesNotExist: the actor may not release one of them.
        InvalidRecord: no such reason, or one of them has no owner.
    """
    wanted = set(ids)
    if reason not in {option.value for option in pool_reasons()}:
        raise InvalidRecord({"reason": _("请选择为什么放回公海")})
    refuse_sensitive_words(actor=actor, note=note)
    rows = Customer.objects.visible_to(actor, "release").filter(pk__in=wanted)
    customers = list(rows.order_by("pk").select_for_update(of=("self",)))
    if len(customers) != len(wanted):
        raise Customer.DoesNotExist
    if any(customer.owner_id is None for customer in customers):
        raise InvalidRecord({"": _("这个客户没有负责人，不用再放回公海")})
    return put_into_pool(customers, reason, by={customer.pk: actor for customer in customers}, note=note)


def pool_reasons() -> list[Option]:
    """The reasons in use, in the order of their list."""
    return [option for option in list_choices("pool_reason").options() if option.is_active]


def put_into_pool(customers: Sequence[Customer], reason: str, *, by: Mapping[int, Actor], note: str = "") -> list[int]:
    """Move locked customers with an owner into the pool, each under its actor; gives their ids. In a transaction."""
    drafts = []
    moment = now()
    for customer in customers:
        before = {
            "owner": customer.owner_id,
            "pool_since": customer.pool_since,
            "pool_reason": customer.pool_reason,
            "last_owner": customer.last_owner_id,
        }
        customer.last_owner_id, customer.owner_id = customer.owner_id, None
        customer.pool_since, customer.pool_reason = moment, reason
        after = {"owner": None, "pool_since": moment, "pool_reason": reason, "last_owner": customer.last_owner_id}
        drafts.append(
            Draft(
                customer,
                before,
                after,
                by[customer.pk],
                is_new=False,
                facts={POOL: BY_RELEASE, "note": note.strip()[:_NOTE]},
            )
        )
    if drafts:
        store_changes(record_type("customer"), drafts, actor=drafts[0].actor)
    return [draft.record.pk for draft in drafts]


@transaction.atomic
def claim_customers(ids: Iterable[int], *, actor: Actor) -> PoolResult:
    """Take customers out of the pool for oneself, as many as the limits allow; the others are refused with the reason.

    Whoever comes second finds the customer gone. One person's claims come in turn, so that two windows cannot go over
    the limit.

    Raises:
        NotAllowed: the actor may not claim, or is nobody in person.
    """
    require_area(actor, "customer", CLAIM)
    if actor.user_id is None:
        raise NotAllowed(subject="customer", action=CLAIM)
    ClaimCount.objects.get_or_create(user_id=actor.user_id, day=today())
    counter = ClaimCount.objects.select_for_update().get(user_id=actor.user_id, day=today())
    wanted = list(dict.fromkeys(ids))
    found = _waiting(wanted, actor)
    result = PoolResult()
    left = _Left(actor, counter.count)
    drafts = []
    for pk in wanted:
        customer = found.get(pk)
        refusal = _("已经不在公海里，可能刚被别人认领") if customer is None else left.refusal(customer)
        if refusal or customer is None:
            result.refused[pk] = refusal
            continue
        before = {"owner": None}
        customer.owner_id = actor.user_id
        draft = Draft(customer, before, {"owner": actor.user_id}, actor, is_new=False, facts={POOL: BY_CLAIM})
        drafts.append(draft)
        left.take()
        result.done.append(pk)
    if drafts:
        store_changes(record_type("customer"), drafts, actor=actor)
        ClaimCount.objects.filter(pk=counter.pk).update(count=counter.count + len(drafts))
    return result


@transaction.atomic
def assign_from_pool(ids: Iterable[int], owner_id: int, *, actor: Actor) -> PoolResult:
    """Give customers out of the pool to somebody within the actor's reach; the others are refused with the reason.

    Raises:
        NotAllowed: the actor may not assign customers.
    """
    require_area(actor, "customer", "assign")
    require_area(actor, "customer", CLAIM)
    wanted = list(dict.fromkeys(ids))
    found = _waiting(wanted, actor)
    result = PoolResult(refused={pk: _("已经不在公海里，可能刚被别人认领") for pk in wanted if pk not in found})
    rows = [(found[pk], {"owner": str(owner_id)}) for pk in wanted if pk in found]
    allowed = [row for row in rows if record_type("customer").policy.allows(actor, "assign", row[0])]
    for customer, _values in rows:
        if all(customer is not row[0] for row in allowed):
            result.refused[customer.pk] = _("您没有权限分配")
    drafts = draft_changes(record_type("customer"), allowed, actor=actor)
    for draft in drafts:
        if draft.problems:
            result.refused[draft.record.pk] = next(iter(draft.problems.values()))
    good = [draft for draft in drafts if not draft.problems]
    store_changes(record_type("customer"), good, actor=actor)
    result.done = [draft.record.pk for draft in good]
    return result


def _waiting(ids: Collection[int], actor: Actor) -> dict[int, Customer]:
    """Those of these customers that lie in a pool of the actor's, locked."""
    # Locked before the gate is asked: whoever waited here asks about what the other one has stored.
    rows = Customer.objects.ungated("claim: the gate is asked below").filter(pk__in=ids)
    locked = rows.order_by("pk").select_for_update(of=("self",))
    policy = record_type("customer").policy
    return {customer.pk: customer for customer in locked if policy.allows(actor, CLAIM, customer)}


class _Left:
    """How many more somebody may claim today, and why not."""

    def __init__(self, actor: Actor, claimed_today: int) -> None:
        self._user_id = actor.user_id
        department = organisation().user_departments.get(actor.user_id or 0)
        self._daily = integer_figure("pool.claim_daily", department)
        self._most = integer_figure("pool.claim_total", department)
        self._rest = timedelta(days=integer_figure("pool.reclaim_days", department))
        self._claimed = claimed_today
        rows = Customer.objects.ungated("claim: how many somebody has").filter(owner_id=actor.user_id)
        self._held = rows.filter(deleted_at__isnull=True).count()

    def refusal(self, customer: Customer) -> str | Promise:
        """Why this one may not be claimed and when it may; "" if it may."""
        if customer.last_owner_id == self._user_id and customer.pool_since is not None:
            again = local(customer.pool_since + self._rest).date()
            if customer.pool_since + self._rest > now():
                return _("您是原负责人，%(day)s 起才能再认领") % {"day": again.isoformat()}
        if self._claimed >= self._daily:
            return _("今天已认领 %(count)s 个，到了每天的上限，%(day)s 起可以再认领") % {
                "count": self._claimed,
                "day": _tomorrow().isoformat(),
            }
        if self._held >= self._most:
            return _("您手上已有 %(count)s 个客户，上限是 %(most)s 个；放回一些以后就能认领") % {
                "count": self._held,
                "most": self._most,
            }
        return ""

    def take(self) -> None:
        """Count one more."""
        self._claimed += 1
        self._held += 1


def _tomorrow() -> date:
    return today() + timedelta(days=1)
