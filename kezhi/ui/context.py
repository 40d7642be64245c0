"""What every page knows: the frame around it. Nothing here queries; what is not asked for is not worked out."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

from django.http import HttpRequest
from django.urls import NoReverseMatch, get_urlconf, reverse
from django.utils.functional import Promise
from django.utils.translation import get_language

from kezhi.ui.navigation import create_items, nav_items
from kezhi.ui.preferences import DENSITIES, DENSITY_COOKIE, THEME_COOKIE, THEMES

_company_name: Callable[[], str] = lambda: ""  # noqa: E731 - a default that is replaced whole


def register_company_name(loader: Callable[[], str]) -> None:
    """Say where the company's name comes from; called for every page, so it must be cheap."""
    global _company_name
    _company_name = loader


def frame(request: HttpRequest) -> dict[str, object]:
    """The context processor: one lazy ``frame``."""
    return {"frame": Frame(request)}


@lru_cache(maxsize=256)
def _address(name: str, urlconf: str | None) -> str:
    try:
        return reverse(name, urlconf=urlconf)
    except NoReverseMatch:
        return ""


def address(name: str) -> str:
    """The address of a page without arguments, or the path itself; empty when no app offers it."""
    if name.startswith("/"):
        return name
    return _address(name, get_urlconf())


# A rail longer than this is not read any more but searched.
_MOST_PLACES = 12


@dataclass(frozen=True, slots=True)
class Link:
    """A place to go: in the rail, the bottom bar or the ＋ menu."""

    key: str
    label: str | Promise
    icon: str
    url: str
    current: bool = False
    sheet: bool = False
    minor: bool = False


class Frame:
    """The frame around a page as one reader sees it."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def actor(self) -> object | None:
        return getattr(self._request, "actor", None)

    @cached_property
    def actor_name(self) -> str:
        """The signed-in person's name, empty for nobody."""
        return str(getattr(getattr(self.actor, "ref", None), "label", "") or "")

    @cached_property
    def user_id(self) -> str:
        """Tells one person's drafts and waiting posts on this device from another's."""
        return str(getattr(self.actor, "user_id", "") or "")

    @cached_property
    def company(self) -> str:
        return _company_name()

    @cached_property
    def in_sheet(self) -> bool:
        """Whether the side sheet asks for this page."""
        return self._request.headers.get("HX-Target") == "sheet"

    @property
    def layout(self) -> str:
        """What a page extends: the whole frame, or only what the side sheet shows."""
        return "ui/sheet.html" if self.in_sheet else "ui/base.html"

    @cached_property
    def language(self) -> str:
        return get_language() or "zh-hans"

    @cached_property
    def html_language(self) -> str:
        return "zh-Hans" if self.language.startswith("zh") else self.language

    @cached_property
    def theme(self) -> str:
        """light, dark, or empty for whatever the machine prefers."""
        return self._preference("theme", THEME_COOKIE, THEMES)

    @cached_property
    def density(self) -> str:
        """comfortable or compact."""
        return self._preference("density", DENSITY_COOKIE, DENSITIES) or "comfortable"

    @cached_property
    def nav(self) -> list[Link]:
        """The places of the rail that this reader may use, the present one marked."""
        shown = [(item, address(item.url_name)) for item in nav_items() if item.allowed(self.actor)]
        here = self._here([url for _item, url in shown])
        return [Link(item.key, item.label, item.icon, url, url == here, minor=item.minor) for item, url in shown if url]

    @cached_property
    def rail(self) -> list[Link]:
        """The places that always show."""
        return self.nav if len(self.nav) <= _MOST_PLACES else [link for link in self.nav if not link.minor]

    @cached_property
    def rail_more(self) -> list[Link]:
        """The places folded away, where there are too many."""
        return [link for link in self.nav if link not in self.rail]

    @cached_property
    def is_in_more(self) -> bool:
        """Whether the page is one of those folded away."""
        return any(link.current for link in self.rail_more)

    @cached_property
    def phone_nav(self) -> list[Link]:
        """The first two places of the bottom bar."""
        keys = [item.key for item in nav_items() if item.phone][:2]
        return [link for link in self.nav if link.key in keys] or self.nav[:2]

    @cached_property
    def create(self) -> list[Link]:
        """What this reader may make."""
        links = (
            Link(item.key, item.label, item.icon, address(item.url_name), sheet=item.sheet)
            for item in create_items()
            if item.allowed(self.actor)
        )
        return [link for link in links if link.url]

    @property
    def home_url(self) -> str:
        return address("work:today") or "/"

    @property
    def counts_url(self) -> str:
        return address("work:counts")

    @property
    def inbox_url(self) -> str:
        return address("work:inbox")

    @property
    def pulse_url(self) -> str:
        return address("work:pulse")

    @property
    def search_url(self) -> str:
        return address("records:search") or "/search/"

    @property
    def me_url(self) -> str:
        return address("access:me")

    @property
    def sign_out_url(self) -> str:
        return address("access:sign_out")

    @property
    def sign_in_url(self) -> str:
        return address("access:sign_in")

    def _preference(self, name: str, cookie: str, known: tuple[str, ...]) -> str:
        # A user that was never asked for stays unasked for: reading request.user would query on public pages.
        user = getattr(self._request, "user", None) if self.actor is not None else None
        value = getattr(user, name, "") or self._request.COOKIES.get(cookie, "")
        return value if value in known else ""

    def _here(self, urls: list[str]) -> str:
        path = self._request.path
        matching = [url for url in urls if url and (path == url or (url != "/" and path.startswith(url)))]
        return max(matching, key=len, default="")
