"""Puts the user and the actor on the request, and lets nobody in who is not signed in (architecture §1.4)."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import translation
from django.utils.crypto import constant_time_compare
from django.utils.functional import SimpleLazyObject

from kezhi.access.actors import Actor, user_actor
from kezhi.access.directory import who_could
from kezhi.access.factors import lacks_factor
from kezhi.access.lookups import LookupsUsedUp
from kezhi.access.models import User
from kezhi.access.policies import NotAllowed
from kezhi.access.sessions import METHOD_KEY, SessionStore, note_seen
from kezhi.core import epochs
from kezhi.ui.views import error_page

# What answers for itself to callers without a session (tokens, supervisors).
OPEN_PREFIXES = ("/api/", "/health/")


class UserMiddleware:
    """``request.user`` from the session's row, which brings its user along: one query for both."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.user = SimpleLazyObject(lambda: session_user(request))  # type: ignore[assignment]
        return self.get_response(request)


def session_user(request: HttpRequest) -> User | AnonymousUser:
    """Whose session this is; nobody's once the password changed or the user was deactivated."""
    session = request.session
    user_id = session.get(SESSION_KEY)
    if user_id is None:
        return AnonymousUser()
    row = session.row if isinstance(session, SessionStore) else None
    user = row.user if row is not None and str(row.user_id) == str(user_id) else None
    if user is None:
        user = User.objects.filter(pk=user_id).first()
    if user is None or not user.is_active:
        return AnonymousUser()
    if not constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()):
        session.flush()
        return AnonymousUser()
    # A page that asks by itself whether there is news is no sign of somebody being there.
    if row is not None and request.headers.get("X-Kezhi-Script") != "pulse":
        note_seen(row)
    return user


class ActorMiddleware:
    """``request.actor`` is the signed-in user as actor, or None; pages are in the user's language.

    A view is closed to strangers unless it is marked ``django.contrib.auth.decorators.login_not_required``: what is
    forgotten is shut. Somebody who must change the password, or set a second factor up, comes no further than that.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with epochs.snapshot():
            actor: Actor | None = None
            user = request.user
            if user.is_authenticated:
                actor = user_actor(user.pk)
                if user.language != translation.get_language():
                    translation.activate(user.language)
                    request.LANGUAGE_CODE = user.language
            request.actor = actor  # type: ignore[attr-defined]
            response = self.get_response(request)
            if (actor is not None or request.path.startswith("/api/")) and not response.has_header("Cache-Control"):
                # After signing out on a shared machine nobody goes back to what was on the screen.
                response["Cache-Control"] = "private, no-store"
            return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Send strangers to the sign-in page, and those who must to change the password or set a second factor up."""
        if not getattr(view, "login_required", True) or request.path.startswith(OPEN_PREFIXES):
            return None
        if request.actor is None:  # type: ignore[attr-defined]
            return _to_sign_in(request)
        by_sso = request.session.get(METHOD_KEY, "").startswith("sso")  # who never types a password need not change it
        if getattr(request.user, "must_change_password", False) and not by_sso:
            open_before = getattr(view, "before_password_change", False)
            return None if open_before else _go(request, resolve_url("access:password"))
        if not getattr(view, "before_second_factor", False) and lacks_factor(request.actor):  # type: ignore[attr-defined]
            return _go(request, resolve_url("access:second_factor_wanted"))
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """A refusal says who could allow it, or when."""
        if isinstance(exception, NotAllowed) and not request.path.startswith(OPEN_PREFIXES):
            return error_page(request, 403, exception.message, who_could(exception.subject, exception.action))
        if isinstance(exception, LookupsUsedUp) and not request.path.startswith(OPEN_PREFIXES):
            response = error_page(request, 429, exception.message)
            response["Retry-After"] = str(exception.seconds)
            return response
        return None


def before_password_change(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark a view as open to somebody who has to change the password first."""
    view.before_password_change = True  # type: ignore[attr-defined]
    return view


def before_second_factor(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Mark a view as open to somebody who has to set a second factor up first."""
    view.before_second_factor = True  # type: ignore[attr-defined]
    return view


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request"):
        # The page behind is asked for again after signing in, not the fragment.
        here = request.headers.get("HX-Current-URL", "/")
        path = "/" + here.split("/", 3)[3] if here.count("/") >= 3 else "/"
        response = HttpResponse(status=401)
        response["HX-Redirect"] = _with_next(path)
        return response
    if request.headers.get("X-Kezhi-Script") or request.headers.get("X-Kezhi-Outbox"):
        return HttpResponse(status=401)
    return redirect(_with_next(request.get_full_path() if request.method == "GET" else "/"))


def _with_next(path: str) -> str:
    url = resolve_url(settings.LOGIN_URL)
    return url if path == "/" else f"{url}?{urlencode({'next': path})}"


def _go(request: HttpRequest, url: str) -> HttpResponse:
    if request.headers.get("HX-Request"):
        response = HttpResponse(status=204)
        response["HX-Redirect"] = url
        return response
    return redirect(url)
