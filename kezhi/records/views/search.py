"""The search box: a fragment for the palette, a page for everybody else."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from kezhi.access.actors import Actor
from kezhi.records.linking import titles_loaded
from kezhi.records.search.finding import Found, find_records
from kezhi.records.views.answers import signed_in

_LONGEST = 200


@signed_in
def search(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What the actor may see that matches ``q``, grouped by record type."""
    text = request.GET.get("q", "")[:_LONGEST]
    only = tuple(key for key in request.GET.getlist("type") if key)
    in_palette = request.headers.get("X-Kezhi-Palette") == "1"
    found = find_records(text, actor, only=only, most=6 if in_palette else 30)
    template = "records/search/results.html" if in_palette else "records/search/page.html"
    context = {"found": found, "text": text, "in_palette": in_palette, "limit": found.limit}
    # The palette shows what an answer says only where it is none of a failure.
    status = 429 if found.limit and not in_palette else 200
    with titles_loaded(_named(found), actor):
        return render(request, template, context, status=status)


def _named(found: Found) -> dict[str, set[int]]:
    """The records beside the names of what was found, to be named in one query for each of their types."""
    wanted: dict[str, set[int]] = {}
    for group in found:
        for hit in group.hits:
            for record_type, record_id in hit.record.subtitle_links:
                wanted.setdefault(record_type, set()).add(record_id)
    return wanted
