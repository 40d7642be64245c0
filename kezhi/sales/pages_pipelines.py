"""What pipelines put on other pages: the stage path, the words of moves, related lists of customers."""

from django.utils.translation import gettext

from kezhi.records.presenting import CLEAR
from kezhi.records.slots import Fill, Place, register_slot
from kezhi.records.timeline import Item, Words, register_renderer, sentence
from kezhi.records.timeline.wording import generic_words
from kezhi.sales import boards  # noqa: F401 - registers the board by stage
from kezhi.sales.entry_conditions import stage_label
from kezhi.sales.kinds_pipelines import STAGE_ENTERED
from kezhi.sales.stage_moves import stage_path
from kezhi.ui import html


def _path(place: Place) -> Fill | None:
    if place.record is None or place.presented is None or place.presented.cell("stage").state != CLEAR:
        return None
    return Fill("sales/pipelines/path.html", {"path": stage_path(place.record, place.actor)})


def _entered(item: Item) -> Words | None:
    if item.presented is None or item.presented.cell("stage").state != CLEAR:
        return None
    stage, left = str(item.facts.get("stage", "")), str(item.facts.get("left", ""))
    values = {
        "who": item.who,
        "stage": stage_label(stage),
        "left": stage_label(left) if left else "",
        "days": item.facts.get("days", 0),
        "record": item.subject,
    }
    if item.is_own:
        head = (
            sentence(gettext("%(who)s 从“%(left)s”移到“%(stage)s”，停留了 %(days)s 天"), **values)
            if left
            else sentence(gettext("商机从“%(stage)s”开始"), **values)
        )
    else:
        head = sentence(gettext("%(who)s 把商机 %(record)s 移到“%(stage)s”"), **values)
    reason = str(item.facts.get("reason", ""))
    return Words(head, body=f"<p>{html.esc(reason)}</p>" if reason else "", mark="arrow")


def _changed(item: Item) -> Words | None:
    """A move is told once, with its days; what else was changed by the same hand is told as ever."""
    item.changes = [change for change in item.changes if change.field.key != "stage"]
    return generic_words(item)


register_slot("record.path", "opportunity", _path)
register_renderer(STAGE_ENTERED.key, _entered, record_type="opportunity")
register_renderer("record.changed", _changed, record_type="opportunity")
