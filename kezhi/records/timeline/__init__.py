"""The timeline of a record: what happened to it and to what hangs on it, newest first, as one viewer may see it.

It reads the event log and nothing else (architecture §1.3). Values go through their field and the viewer's rights;
events about records the viewer may not see are left out. A page costs a fixed number of queries, however long it is:
one for the events, one per record type among them, one per type named in their values.

A domain says in its own words what its events mean::

    register_renderer("record.created", render_follow_up, record_type="follow_up")

    def render_follow_up(item: Item) -> Words | None:
        return Words(sentence(gettext("%(who)s 电话联系了客户"), who=item.who), body=...)

``item.record`` is loaded already (with the type's ``related_load``); a renderer asks the database for nothing.
"""

from kezhi.records.timeline.earlier import register_earlier
from kezhi.records.timeline.items import Change, Item, Words, register_renderer, sentence, unregister_renderer
from kezhi.records.timeline.reading import TimelinePage, load_timeline, register_chip

__all__ = [
    "Change",
    "Item",
    "TimelinePage",
    "Words",
    "load_timeline",
    "register_chip",
    "register_earlier",
    "register_renderer",
    "sentence",
    "unregister_renderer",
]
