"""Whose mail it is: apps above say which of their records an address belongs to, and who takes an unknown one.

register_correspondents("customer", find_customer, order=10)
register_taker(take_lead)
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.exchange.mailboxes.reading import Arrived
from kezhi.exchange.models import Mailbox
from kezhi.records.operations.writing import parents_of
from kezhi.records.registry import find_record_type
from kezhi.records.timeline import register_chip


@dataclass(frozen=True, slots=True)
class Home:
    """The record a mail is filed on; ``also`` names others it concerns (the contact who wrote)."""

    record_type: str
    record_id: int
    also: tuple[tuple[str, int], ...] = ()


Finder = Callable[[str], Home | None]
# Makes a record of a mail nobody is known for; None where it cannot.
Taker = Callable[[Arrived, str, Mailbox, Actor], Home | None]

_finders: dict[str, tuple[int, Finder]] = {}
_takers: list[Taker] = []


def register_correspondents(record_type: str, find: Finder, *, order: int) -> None:
    """Records of this type hold correspondence; ``find`` gives the one an address (lower case) belongs to."""
    _finders[record_type] = (order, find)
    register_chip(record_type, "mail", _("邮件"))


def register_taker(taker: Taker) -> None:
    """Say what a mail of an unknown sender becomes in a mailbox for leads."""
    _takers[:] = [taker]


def find_home(address: str) -> Home | None:
    """The record whose address it is, the most telling type first."""
    for _order, find in sorted(_finders.values(), key=lambda entry: entry[0]):
        if home := find(address):
            return home
    return None


def home_of(record_type: str, record_id: int) -> Home | None:
    """Where mail about a record is filed: itself, or what it hangs on; None where that is gone."""
    known = find_record_type(record_type)
    if known is None:
        return None
    record = known.model.objects.ungated("filing mail").filter(pk=record_id).first()
    for _step in range(10):  # merged into another one
        kept = getattr(record, "merged_into_id", None)
        if not kept:
            break
        record = known.model.objects.ungated("filing mail").filter(pk=kept).first()
    if record is None or record.deleted_at is not None:
        return None
    if record_type in _finders:
        return Home(record_type, record.pk)
    for parent_type, parent_id in parents_of(known, record):
        if parent_type in _finders and (home := home_of(parent_type, parent_id)):
            return Home(home.record_type, home.record_id, ((record_type, record.pk),))
    return None


def take_unknown(mail: Arrived, text: str, mailbox: Mailbox, actor: Actor) -> Home | None:
    """A new record of a mail of somebody unknown."""
    for taker in _takers:
        if home := taker(mail, text, mailbox, actor):
            return home
    return None
