"""Pages that work without network: kept by the service worker on the reader's own machine until they sign out."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.http import HttpRequest, HttpResponseBase

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def keep_offline(view: View[P]) -> View[P]:
    """Let the service worker keep this page (a form to record a visit, say) for use without network."""

    @wraps(view)
    def keeping(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response["X-Kezhi-Offline"] = "keep"
        return response

    return keeping
