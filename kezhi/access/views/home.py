"""The home of all settings."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kezhi.access.actors import Actor
from kezhi.access.figures import FIRST_STEPS_SHOWN
from kezhi.access.first_steps import first_steps_for
from kezhi.access.policies import NotAllowed, require_area
from kezhi.access.settings_sections import GROUPS, sections_for
from kezhi.access.views.asking import actor_of
from kezhi.core.figures import set_figure
from kezhi.ui.context import address
from kezhi.ui.toasts import toast


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Every page of settings the reader may open, by group."""
    actor = actor_of(request)
    sections = [(section, address(section.url_name)) for section in sections_for(actor)]
    sections = [(section, url) for section, url in sections if url]
    if not sections:
        raise NotAllowed
    groups = [
        (label, [{"section": section, "url": url} for section, url in sections if section.group == key])
        for key, label in GROUPS.items()
    ]
    context = {"groups": [group for group in groups if group[1]], "steps": _steps(actor)}
    return render(request, "access/settings.html", context)


@require_POST
def first_steps_away(request: HttpRequest) -> HttpResponse:
    """Take the list of first steps off the settings home; a figure brings it back."""
    actor = actor_of(request)
    require_area(actor, "settings", "figures")
    set_figure(FIRST_STEPS_SHOWN.key, False, actor_ref=actor.ref)
    toast(request, _("已收起，可在“参数 · 公司”里重新打开。"))
    return redirect("access:settings")


def _steps(actor: Actor) -> dict[str, object] | None:
    steps = [(shown, address(shown.step.url_name)) for shown in first_steps_for(actor)]
    steps = [(shown, url) for shown, url in steps if url]
    if not steps:
        return None
    done = sum(shown.done for shown, _url in steps)
    return {"rows": steps, "done": done, "all": len(steps), "may_put_away": actor.allows("settings", "figures")}
