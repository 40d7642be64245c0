"""Saved views in memory: whose they are, who sees them."""

from kezhi.access.actors import Actor
from kezhi.access.rights import organisation
from kezhi.core import epochs
from kezhi.records.models import SavedView
from kezhi.records.registry import RecordType

EPOCH = "views"


def views_for(record_type: str, actor: Actor) -> list[SavedView]:
    """The views of a type this actor may open, shipped ones first."""
    rows = epochs.cached(EPOCH, ("views", record_type), lambda: _load(record_type))
    return [view for view in rows if may_open(view, actor)]


def find_view(record_type: str, actor: Actor, view_id: int) -> SavedView | None:
    """One view, if the actor may open it."""
    for view in views_for(record_type, actor):
        if view.pk == view_id:
            return view
    # Somebody may just have shared it in another process.
    found = SavedView.objects.filter(record_type=record_type, pk=view_id).first()
    return found if found is not None and may_open(found, actor) else None


def is_everything(view: SavedView) -> bool:
    """Whether a view is the shipped one without a condition: what a list shows before anything is chosen."""
    return bool(view.key) and not view.condition and view.sharing == SavedView.Sharing.ALL


def everything_view(record_type: str, actor: Actor) -> SavedView | None:
    """The shipped view without a condition; it keeps the usual columns and order."""
    return next((view for view in views_for(record_type, actor) if is_everything(view)), None)


def start_view(record_type: RecordType, actor: Actor) -> SavedView | None:
    """The shipped view a list opens with, if the type names one, somebody has not thrown it away, and it is a list."""
    if not record_type.start_view:
        return None
    found = (view for view in views_for(record_type.key, actor) if view.key == record_type.start_view)
    return next((view for view in found if view.layout == "list"), None)


def may_open(view: SavedView, actor: Actor) -> bool:
    """Whether a view is the actor's own or shared with them; what it shows is up to the gate in any case."""
    if view.owner_id is not None and view.owner_id == actor.user_id:
        return True
    if view.sharing == SavedView.Sharing.ALL:
        return True
    if view.sharing == SavedView.Sharing.DEPARTMENT and view.department_id is not None:
        return actor.rights.department_id in organisation().departments_below(view.department_id)
    return False


def may_change(view: SavedView, actor: Actor) -> bool:
    """Whether the actor may change or delete a view: their own, or shared ones with the right to share."""
    if view.owner_id is not None and view.owner_id == actor.user_id:
        return True
    return actor.allows("views", "share") and view.sharing != SavedView.Sharing.PRIVATE


def may_share(actor: Actor) -> bool:
    """Whether the actor may share views with others."""
    return actor.allows("views", "share")


def _load(record_type: str) -> tuple[SavedView, ...]:
    return tuple(SavedView.objects.filter(record_type=record_type).order_by("position", "id"))
