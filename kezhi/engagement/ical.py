"""A calendar as iCalendar (RFC 5545): one's own entries, without any personal numbers (FUP-9)."""

import re
from collections.abc import Sequence
from datetime import timedelta

from django.utils.translation import gettext

from kezhi.core.clock import now
from kezhi.work.calendar import CalendarEntry

# Longer runs of digits may be phone numbers somebody typed into a title.
_NUMBERS = re.compile(r"\+?\d(?:[\s\-().]?\d){6,}")


def calendar_text(entries: Sequence[CalendarEntry], origin: str, host: str) -> bytes:
    """The entries as a calendar file; ``origin`` leads the links, ``host`` makes ids that are nobody else's."""
    from icalendar import Calendar, Event  # loaded when a calendar is asked for only

    calendar = Calendar()
    calendar.add("prodid", "-//Kezhi//Calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", gettext("客至"))
    stamp = now()
    for entry in entries:
        event = Event()
        event.add("uid", f"{entry.key}@{host}")
        event.add("dtstamp", stamp)
        event.add("summary", f"{entry.label} · {_plain(entry.title)}")
        if entry.at is not None:
            event.add("dtstart", entry.at)
            event.add("dtend", entry.at + timedelta(minutes=30))
        else:
            event.add("dtstart", entry.day)
            event.add("dtend", entry.day + timedelta(days=1))
            event.add("transp", "TRANSPARENT")
        event.add("url", f"{origin}{entry.url}")
        calendar.add_component(event)
    text: bytes = calendar.to_ical()
    return text


def _plain(title: str) -> str:
    return _NUMBERS.sub("•••", title)
