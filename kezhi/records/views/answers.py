"""What every page of lists has around it: somebody signed in, and refusals in people's words."""

import json
from collections.abc import Callable
from functools import update_wrapper
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django.utils.translation import gettext_lazy as _

from kezhi.access.actors import Actor
from kezhi.access.policies import NotAllowed
from kezhi.records.listing.problems import ListProblem
from kezhi.records.registry import RecordType
from kezhi.ui.views import error_page

P = ParamSpec("P")

# The event in the page after which timelines ask for themselves again.
RECORDED = "kezhi:recorded"


def signed_in(
    view: Callable[Concatenate[HttpRequest, Actor, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Give the view the actor; nobody is sent to sign in. Refusals of what it calls become pages."""

    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        actor: Actor | None = getattr(request, "actor", None)
        if actor is None:
            return redirect_to_login(request.get_full_path(), resolve_url(settings.LOGIN_URL))
        try:
            return view(request, actor, *args, **kwargs)
        except ListProblem as problem:
            return error_page(request, 400, problem.message)
        except ObjectDoesNotExist:
            raise Http404 from None

    update_wrapper(answer, view)
    return answer


def said_so(response: HttpResponse) -> HttpResponse:
    """The answer to an act done on an open record page; it makes the page's timeline show the act."""
    response["HX-Trigger"] = json.dumps({RECORDED: ""})
    return response


def require_view(actor: Actor, record_type: RecordType) -> None:
    """Refuse a list to those who may see no record of the type at all."""
    if not actor.allows(record_type.key, "view"):
        raise NotAllowed(_("您的角色不能查看这类记录"), subject=record_type.key, action="view")
