"""Whether the person at the browser has just proven who they are: asked before a way to sign in is added (ORG-7)."""

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url

from kezhi.access.figures import PROOF_MINUTES
from kezhi.access.sessions import STARTED_KEY, SessionStore
from kezhi.core.clock import now
from kezhi.core.figures import integer_figure

_PROVED_KEY = "_proved"

View = Callable[..., HttpResponse]


def is_proven(request: HttpRequest) -> bool:
    """Whether the signed-in person gave a password or a passkey in the last few minutes."""
    session = request.session
    row = session.row if isinstance(session, SessionStore) else None
    started = session.get(STARTED_KEY) or (row.created_at.timestamp() if row is not None else 0)
    last = max(float(started), float(session.get(_PROVED_KEY, 0)))
    return 0 <= now().timestamp() - last < integer_figure(PROOF_MINUTES.key) * 60


def note_proof(request: HttpRequest) -> None:
    """The person has just proven it again; the session goes on under a new key."""
    request.session.cycle_key()
    request.session[_PROVED_KEY] = now().timestamp()


def asks_for_proof(view: View) -> View:
    """Ask whoever signed in a while ago for the password or a passkey before the view is shown."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if is_proven(request):
            return view(request, *args, **kwargs)
        return redirect(f"{resolve_url('access:proof')}?{urlencode({'next': request.path})}")

    return guarded
