"""The frame's own pieces, drawn once per kind of reader and kept: they are most of a page and hardly ever change.

What differs from request to request (token, address, name) stands in a kept piece as a mark and is put in at the end.
"""

from django.conf import settings
from django.template import Context
from django.template.loader import get_template
from django.urls import get_urlconf
from django.utils.safestring import SafeString

from kezhi.ui.assets import asset_url
from kezhi.ui.context import Frame
from kezhi.ui.html import esc, initial

TOKEN, PATH, NAME, INITIAL = "@@token@@", "@@path@@", "@@name@@", "@@initial@@"
_MOST = 1000
_kept: dict[tuple[object, ...], str] = {}


def part(name: str, frame: Frame, token: str, path: str) -> SafeString:
    """A piece of the frame (a template in ``ui/parts``) as this reader sees it."""
    key = (name, get_urlconf(), asset_url("icons.svg"), *_differs_by(name, frame))
    text = _kept.get(key)
    if text is None:
        text = get_template(f"ui/parts/{name}.html").template.render(_context(frame))  # type: ignore[attr-defined]
        if not settings.DEBUG:
            if len(_kept) >= _MOST:
                _kept.clear()
            _kept[key] = text
    if TOKEN in text:
        text = text.replace(TOKEN, esc(token))
    if PATH in text:
        text = text.replace(PATH, esc(path))
    if NAME in text:
        text = text.replace(NAME, esc(frame.actor_name)).replace(INITIAL, esc(initial(frame.actor_name)))
    return SafeString(text)


def _differs_by(name: str, frame: Frame) -> tuple[object, ...]:
    places = tuple((link.key, link.current) for link in frame.nav) if name in ("rail", "bottombar") else ()
    made = tuple(link.key for link in frame.create) if name in ("topbar", "bottombar") else ()
    likes = (frame.theme, frame.density) if name in ("topbar", "bottombar", "switches", "switches_short") else ()
    company = frame.company if name == "rail" else ""
    return (frame.language, places, made, likes, company, bool(frame.actor_name))


def _context(frame: Frame) -> Context:
    shown = {"frame": frame, "csrf_token": TOKEN, "path": PATH, "name": NAME, "initial": INITIAL}
    return Context(shown)
