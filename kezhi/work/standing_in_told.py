"""Who is named as a stand-in hears of it, and that they need not any more (ORG-6)."""

from collections.abc import Sequence
from datetime import date

from django.utils import translation
from django.utils.translation import gettext as _

from kezhi.access.actors import system_actor
from kezhi.access.rights import organisation
from kezhi.core.events import read_facts
from kezhi.core.jobs import enqueue, job
from kezhi.core.models.events import Event
from kezhi.core.sealing import register_event_reader
from kezhi.work.notices import Notice, languages_of, notify

ADDED, REMOVED = "user.absence_added", "user.absence_removed"


@job("work.tell_stand_in")
def tell_stand_in(event_id: int) -> None:
    """Tell the stand-in of an absence that was noted or taken back, unless they did it themselves."""
    event = Event.objects.get(pk=event_id)
    facts = read_facts(event)
    stand_in = facts.get("stand_in_id")
    if not isinstance(stand_in, int) or stand_in == event.actor_id:
        return
    with translation.override(languages_of([stand_in]).get(stand_in, "zh-hans")):
        named = {
            "who": organisation().user_names.get(event.record_id, ""),
            "first": _day(facts.get("first_day")),
            "last": _day(facts.get("last_day")),
        }
        if event.kind == ADDED:
            title = _("%(first)s 到 %(last)s 由您替 %(who)s 处理工作") % named
            why = _("这些天您能看到他的记录；要他处理的审批、提醒和任务也会到您这里。")
        else:
            title = _("%(first)s 到 %(last)s 不用再替 %(who)s 了") % named
            why = _("休假已取消或提前结束。")
        notice = Notice(
            kind="system", user_id=stand_in, title=title, why=why, url="/inbox/", once_key=f"stand-in:{event.pk}"
        )
    notify([notice], actor=system_actor("stand-ins"))


def _day(text: object) -> str:
    try:
        return date.fromisoformat(str(text)).strftime("%m-%d")
    except ValueError:
        return ""


def _read(events: Sequence[Event]) -> None:
    for event in events:
        if event.kind in (ADDED, REMOVED):
            enqueue(tell_stand_in, event_id=event.pk)


register_event_reader("stand-ins told", _read)
