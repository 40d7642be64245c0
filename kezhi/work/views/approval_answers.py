"""What the pages of approvals answer with: a toast and the way back, in words where something cannot be done."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.encoding import iri_to_uri

from kezhi.access.actors import Actor
from kezhi.ui.toasts import toast
from kezhi.work import approval_notices as notices
from kezhi.work.models.approvals import Approval


def visible_approval(approval_id: int, actor: Actor) -> Approval:
    """An approval the actor takes part in; 404 for anybody else."""
    rows = Approval.objects.visible_to(actor).select_related("flow", "flow_version", "department")
    found: Approval | None = rows.filter(pk=approval_id).first()
    if found is None:
        raise Http404
    return found


def way_back(request: HttpRequest) -> str:
    """Where somebody came from, to go back to after a sheet."""
    return request.POST.get("back") or request.headers.get("HX-Current-URL") or request.headers.get("Referer", "")


def answer(request: HttpRequest, approval: Approval, words: str, *, tone: str = "done") -> HttpResponse:
    """A toast, and back to where the sheet was opened (the approval's page otherwise)."""
    toast(request, words, tone=tone)
    return go_back(request, notices.address(approval))


def go_back(request: HttpRequest, otherwise: str) -> HttpResponse:
    """Back to where the sheet was opened."""
    back = request.POST.get("back", "")
    # Only places of our own: the path of whatever address came.
    path = back.split("://", 1)[-1].partition("/")[2] if "://" in back else back.lstrip("/")
    address = iri_to_uri("/" + path.lstrip("/\\")) if path else otherwise
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": address})
    return redirect(address)


def read_ids(raw: list[str]) -> list[int]:
    """Ids from a form, whatever came left out."""
    return [int(each) for each in raw if each.isdecimal() and len(each) < 19]
