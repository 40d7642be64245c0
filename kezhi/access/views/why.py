"""Who can see a record, and why: for administrators."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kezhi.access.policies import policy_of, require_area
from kezhi.access.rights import organisation
from kezhi.access.subjects import find_subject
from kezhi.access.views.asking import actor_of
from kezhi.access.why import verdicts


@require_GET
def why(request: HttpRequest, subject: str, pk: int) -> HttpResponse:
    """Everybody, whether they see the record, and through which role, scope, place or stand-in."""
    actor = actor_of(request)
    require_area(actor, "settings", "roles")
    known = find_subject(subject)
    record = known.find(pk) if known is not None and known.find is not None else None
    if known is None or record is None:
        raise Http404
    policy = policy_of(type(record))
    if not policy.allows(actor, "view", record):
        raise Http404
    owner_id = policy.owner_id(record)
    found = verdicts(record, subject)
    context = {
        "subject": known,
        "title": known.title(record),
        "url": known.url(pk) if known.url else "",
        "owner": organisation().user_names.get(owner_id, "") if owner_id is not None else "",
        "seeing": [verdict for verdict in found if verdict.can_view],
        "not_seeing": [verdict for verdict in found if not verdict.can_view],
    }
    return render(request, "access/why.html", context)
