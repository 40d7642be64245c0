"""The one gate (architecture §1.4): which records somebody sees, and what may be done to one.

A policy stands for a model. Reading goes through :func:`visible_to`, doing through :func:`require`. A queryset of a
guarded model that nobody has put through the gate raises :class:`Ungated` when it is evaluated.
"""

from collections.abc import Iterator
from typing import Any, ClassVar, Generic, TypeVar

from django.db import models
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.core.among import ids

M = TypeVar("M", bound=models.Model)
GQ = TypeVar("GQ", bound="GuardedQuerySet[Any]")


# Stands for "no owner" where owners are listed by id.
NOBODY = 0


class NotAllowed(Exception):
    """The actor may not do this; ``who_could`` says who may."""

    def __init__(self, message: str | Promise = "", *, subject: str = "", action: str = "") -> None:
        super().__init__(str(message) or f"{subject}.{action}")
        self.message = message or _("您没有权限做这件事")
        self.subject = subject
        self.action = action


class Ungated(RuntimeError):
    """A guarded queryset was evaluated without ``visible_to(actor)`` or ``ungated(reason)``."""


class Policy(Generic[M]):
    """Who sees and does what with the records of one model.

    ``subject`` is the key grants use. ``owner_path`` leads from the record to its owner's id ("owner_id",
    "customer__owner_id"); None means that the records belong to nobody and only the action itself is asked for.
    """

    def __init__(self, subject: str, *, owner_path: str | None = "owner_id") -> None:
        self.subject = subject
        self.owner_path = owner_path

    def visible(self, actor: Actor, action: str = "view") -> Q:
        """The filter for the records the actor may do this to; nobody does anything to what they do not see."""
        if (special := self.special(actor, action)) is not None:
            return special
        owners = actor.owners(self.subject, action)
        if action != "view":
            seen = actor.owners(self.subject, "view")
            owners = seen if owners is None else owners if seen is None else owners & seen
        if owners is None:
            return Q()
        if not owners or not actor.allows(self.subject, action):
            return Q(pk__in=())
        if self.owner_path is None:
            return Q()
        found = Q(**{f"{self.owner_path}__among": ids(owners)})
        return found | Q(**{f"{self.owner_path}__isnull": True}) if self.reaches_unowned(actor, action) else found

    def special(self, actor: Actor, action: str) -> Q | None:
        """The filter of an action that reaches records in a way of its own; None for the usual ones."""
        return None

    def reach(self, actor: Actor, action: str) -> frozenset[int] | None:
        """The owners whose records the actor may do this to, :data:`NOBODY` among them where that is so; None: all."""
        owners = actor.owners(self.subject, action)
        return owners | {NOBODY} if owners is not None and self.reaches_unowned(actor, action) else owners

    def reaches_unowned(self, actor: Actor, action: str) -> bool:
        """Whether the actor sees, and may give to somebody, what nobody owns: whoever assigns beyond their own."""
        if self.owner_path != "owner_id" or action not in ("view", "assign") or not actor.allows(self.subject, action):
            return False
        return actor.assigns_for_others(self.subject)

    def owner_id(self, record: M) -> int | None:
        """The id of the record's owner."""
        if self.owner_path is None:
            return None
        value: Any = record
        for part in self.owner_path.split("__"):
            if value is None:
                return None
            value = getattr(value, part)
        return value if isinstance(value, int) else None

    def allows(self, actor: Actor, action: str, record: M) -> bool:
        """Whether the actor may do this to this record."""
        owners = actor.owners(self.subject, action)
        if owners is None:
            return True
        if self.owner_path is None:
            return actor.allows(self.subject, action)
        owner_id = self.owner_id(record)
        return self.reaches_unowned(actor, action) if owner_id is None else owner_id in owners


_policies: dict[type[models.Model], Policy[Any]] = {}


def register_policy(model: type[M], policy: Policy[M]) -> None:
    """Make a policy the one that answers for a model."""
    if model in _policies and _policies[model] is not policy:
        raise ValueError(f"{model.__name__} has a policy already")
    _policies[model] = policy


def policy_of(model: type[M]) -> Policy[M]:
    """The policy that answers for a model; a model without one cannot be read or changed."""
    try:
        return _policies[model]
    except KeyError:
        raise Ungated(f"{model.__name__} has no policy") from None


def allows(actor: Actor, action: str, record: models.Model) -> bool:
    """Whether the actor may do this to this record."""
    return policy_of(type(record)).allows(actor, action, record)


def require(actor: Actor, action: str, record: models.Model) -> None:
    """Raise :class:`NotAllowed` unless the actor may do this to this record."""
    policy = policy_of(type(record))
    if not policy.allows(actor, action, record):
        raise NotAllowed(subject=policy.subject, action=action)


def require_area(actor: Actor, subject: str, action: str) -> None:
    """Raise :class:`NotAllowed` unless the actor may do this at all (settings, creating, importing …)."""
    if not actor.allows(subject, action):
        raise NotAllowed(subject=subject, action=action)


class GuardedQuerySet(QuerySet[M]):
    """A queryset that refuses to be evaluated before it went through the gate."""

    _gate: str | None = None

    def visible_to(self: GQ, actor: Actor, action: str = "view") -> GQ:
        """Only what the actor may see (or do ``action`` to)."""
        result = self.filter(policy_of(self.model).visible(actor, action))
        result._gate = f"{actor.ref.kind}:{actor.ref.label}:{action}"
        return result

    def ungated(self: GQ, reason: str) -> GQ:
        """Everything, for work that answers for its own rights; ``reason`` says which ("renumbering", "operation")."""
        result = self.all()
        result._gate = f"ungated:{reason}"
        return result

    def _clone(self: GQ) -> GQ:
        clone: GQ = super()._clone()  # type: ignore[misc]
        clone._gate = self._gate
        return clone

    def refuse_ungated(self) -> None:
        """Raise :class:`Ungated` unless it went through the gate; asked before anything is read."""
        if self._gate is None:
            raise Ungated(f"{self.model.__name__} was read without visible_to(actor)")

    def _fetch_all(self) -> None:
        if self._result_cache is None:
            self.refuse_ungated()
        super()._fetch_all()

    def iterator(self, chunk_size: int | None = None) -> Iterator[M]:
        self.refuse_ungated()
        return super().iterator(chunk_size)

    def count(self) -> int:
        if self._result_cache is None:
            self.refuse_ungated()
        return super().count()

    def exists(self) -> bool:
        if self._result_cache is None:
            self.refuse_ungated()
        return super().exists()

    def aggregate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        self.refuse_ungated()
        return super().aggregate(*args, **kwargs)

    def update(self, **kwargs: Any) -> int:
        self.refuse_ungated()
        return super().update(**kwargs)

    def delete(self) -> tuple[int, dict[str, int]]:
        self.refuse_ungated()
        return super().delete()

    _GUARDED: ClassVar[bool] = True
