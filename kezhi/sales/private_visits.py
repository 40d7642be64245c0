"""Who opened a private link: kept as device and part of the network address, never the whole (SAL-9)."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import F
from django.http import HttpRequest

from kezhi.access.callers import caller_of
from kezhi.core.clock import now
from kezhi.core.crypto import blind_index
from kezhi.core.figures import integer_figure
from kezhi.sales.models import PrivateLink, PrivateLinkVisitor
from kezhi.sales.private_locks import is_shut

# A link opened all over the world is forwarded beyond doubt; further ones are only counted.
_MOST_VISITORS = 50


@dataclass(frozen=True, slots=True)
class OpenedLink:
    """A link for the page of its record: who opened it, and what looks odd about that."""

    link: PrivateLink
    visitors: Sequence[PrivateLinkVisitor]
    is_forwarded: bool
    is_shut: bool


def note_visit(request: HttpRequest, link: PrivateLink, *, is_recipient: bool = False) -> None:
    """Remember that somebody opened the link, or tried to and stands before its lock."""
    caller = caller_of(request)
    network = network_of(caller.address)
    key = blind_index(f"{link.pk}:{network}:{caller.device}", purpose="sales.link_visitor")
    rows = PrivateLinkVisitor.objects.filter(link_id=link.pk)
    moment = now()
    seen: dict[str, object] = {"last_at": moment, "count": F("count") + 1}
    if is_recipient:
        seen["is_recipient"] = True
    if rows.filter(key=key).update(**seen) or rows.count() >= _MOST_VISITORS:
        return
    try:
        with transaction.atomic():
            PrivateLinkVisitor.objects.create(
                link_id=link.pk,
                key=key,
                network=network,
                device=caller.device[:60],
                is_recipient=is_recipient,
                first_at=moment,
                last_at=moment,
            )
    except IntegrityError:
        # The same page opened twice at once.
        rows.filter(key=key).update(**seen)


def network_of(address: str) -> str:
    """What is kept of an address: 203.0.113.*, 2001:db8:1:*; "" for what is none."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if known.version == 4:
        return f"{str(known).rpartition('.')[0]}.*"
    return ":".join(known.exploded.split(":")[:3]) + ":*"


def opened_links(links: Sequence[PrivateLink]) -> list[OpenedLink]:
    """These links with who opened them, the last one first."""
    found: dict[int, list[PrivateLinkVisitor]] = {link.pk: [] for link in links}
    rows = PrivateLinkVisitor.objects.filter(link_id__in=list(found)).order_by("-last_at", "-pk")
    for visitor in rows:
        found[visitor.link_id].append(visitor)
    most = integer_figure("sales.link_forwarded_from")
    return [
        OpenedLink(link, found[link.pk], _is_forwarded(link, found[link.pk], most), is_shut(link)) for link in links
    ]


def _is_forwarded(link: PrivateLink, visitors: Sequence[PrivateLinkVisitor], most: int) -> bool:
    """Of a locked link: somebody stood before the lock while the recipient was in, from elsewhere."""
    if link.locked_to and any(visitor.is_recipient for visitor in visitors):
        return any(not visitor.is_recipient for visitor in visitors)
    return len(visitors) >= most
