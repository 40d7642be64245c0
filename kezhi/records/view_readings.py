"""Saying how each saved view finds its records: beside the view, and on the health page those without an index."""

from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from kezhi.core.health import HealthState, register_health_check
from kezhi.records.models import SavedView
from kezhi.records.registry import find_record_type

_SHOWN = 5

WHY: dict[str, str | Promise] = {
    "text": _("条件要在文字里面查找"),
    "related": _("条件要看其他记录"),
    "broken": _("条件或排序已经不适用"),
    "limit": _("为视图建的索引已经到上限"),
    "failed": _("索引没有建成，今晚再试"),
}
_MENDABLE = ("limit", "failed", "broken")


def reading_of(view: SavedView) -> str:
    """How a view's records are found, in words; "" before it was looked at."""
    if not view.reading:
        return ""
    words = str(SavedView.Reading(view.reading).label)
    if view.reading != SavedView.Reading.NONE:
        return words
    why = WHY.get(view.reading_note, "")
    return gettext("%(state)s：%(why)s") % {"state": words, "why": why} if why else words


def _health() -> tuple[HealthState, str]:
    rows = SavedView.objects.filter(reading=SavedView.Reading.NONE).order_by("record_type", "position", "id")
    views = [view for view in rows if find_record_type(view.record_type) is not None]
    if not views:
        return HealthState.OK, gettext("视图都有索引，或者不需要索引。")
    shared = [view for view in views if view.sharing != SavedView.Sharing.PRIVATE]
    named = [
        gettext("%(list)s“%(name)s”（%(why)s）")
        % {"list": _plural(view), "name": view.label, "why": WHY.get(view.reading_note, view.reading_note)}
        for view in shared[:_SHOWN]
    ]
    if len(views) > len(named):
        rest = len(views) - len(named)
        named.append(ngettext("另外 %(count)s 个视图", "另外 %(count)s 个视图", rest) % {"count": rest})
    state = HealthState.WARNING if any(view.reading_note in _MENDABLE for view in views) else HealthState.OK
    return state, gettext("没有索引的视图：%(views)s。") % {"views": gettext("、").join(named)}


def _plural(view: SavedView) -> str:
    known = find_record_type(view.record_type)
    return str(known.plural) if known is not None else view.record_type


register_health_check("view_indexes", _("视图的索引"), _health)
