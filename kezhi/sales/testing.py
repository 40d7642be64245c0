"""The ways out that pages of sales have, under the contract of every record type."""

from collections import OrderedDict
from unittest.mock import patch

from django.db import transaction

from kezhi.access.actors import system_actor
from kezhi.access.testing import Member
from kezhi.records.testing import Door, Planted, register_door
from kezhi.records.testing.doors import get
from kezhi.sales.quote_pdf import keep_paper, kept_papers

_PAGES = (
    "/forecast/",
    "/forecast/analysis/",
    "/forecast/changes/",
    "/forecast/targets/",
    "/forecast/sources/",
    "/calendar/",
    "/pool/",
)


def _pages(member: Member, planted: Planted) -> str:
    """Pages that count and name records of several types."""
    return "\n".join(get(member, address) for address in _PAGES)


def _papers(member: Member, planted: Planted) -> str:
    """What is written on a quote's paper, drawn now and as it was sent; what other types hold is on no paper."""
    if planted.record_type.key != "quote":
        return "no paper"
    start = f"/quotes/{planted.record.pk}/"
    with (
        patch("kezhi.sales.quote_pdf._compiler", lambda: _unset),
        patch("kezhi.sales.quote_pdf._made", OrderedDict()),
    ):
        with transaction.atomic():
            keep_paper(planted.record, actor=system_actor("contract"))
        sent = [f"{start}papers/{paper.pk}/" for paper in kept_papers(planted.record)]
        return "\n".join(get(member, address) for address in (f"{start}pdf/", *sent))


def _unset(*, sys_inputs: dict[str, str], timestamp: int) -> bytes:
    """What a paper says, in the place of the paper: text inside a PDF is packed and could not be looked through."""
    return sys_inputs["data"].encode()


register_door(Door("sales pages", _pages, shows_record=False, shows_all=True))
register_door(Door("papers", _papers, shows_record=False))
