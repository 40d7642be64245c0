"""How somebody likes the interface: language, theme, density. In cookies; an app may keep them with the user too."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

THEME_COOKIE = "kezhi_theme"
DENSITY_COOKIE = "kezhi_density"
THEMES = ("light", "dark", "auto")
DENSITIES = ("comfortable", "compact")
_YEAR = 365 * 24 * 3600

Saver = Callable[[HttpRequest, dict[str, str]], None]
_savers: list[Saver] = []


def register_preference_saver(saver: Saver) -> None:
    """Keep preferences with the signed-in user as well: called with the request and what was chosen."""
    _savers.append(saver)


def chosen_preferences(request: HttpRequest) -> dict[str, str]:
    """What a post asks for, without anything unknown."""
    known = {"language": tuple(code for code, _name in settings.LANGUAGES), "theme": THEMES, "density": DENSITIES}
    return {name: value for name, values in known.items() if (value := request.POST.get(name, "")) in values}


def save_preferences(request: HttpRequest, response: HttpResponse, chosen: dict[str, str]) -> None:
    """Write the cookies on the answer and tell the savers."""
    cookies = {"language": settings.LANGUAGE_COOKIE_NAME, "theme": THEME_COOKIE, "density": DENSITY_COOKIE}
    for name, value in chosen.items():
        response.set_cookie(cookies[name], value, max_age=_YEAR, samesite="Lax", secure=request.is_secure())
    if chosen and getattr(request, "actor", None) is not None:
        for saver in _savers:
            saver(request, chosen)
