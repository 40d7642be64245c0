"""The home of all settings."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from kezhi.access.policies import NotAllowed
from kezhi.access.settings_sections import GROUPS, sections_for
from kezhi.access.views.asking import actor_of
from kezhi.ui.context import address


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Every page of settings the reader may open, by group."""
    sections = [(section, address(section.url_name)) for section in sections_for(actor_of(request))]
    sections = [(section, url) for section, url in sections if url]
    if not sections:
        raise NotAllowed
    groups = [
        (label, [{"section": section, "url": url} for section, url in sections if section.group == key])
        for key, label in GROUPS.items()
    ]
    return render(request, "access/settings.html", {"groups": [group for group in groups if group[1]]})
