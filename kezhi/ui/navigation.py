"""What the frame leads to: places in the rail, things to create. Apps register theirs in ``AppConfig.ready``."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

Text = str | Promise


def everybody(actor: Any) -> bool:
    """Allowed for whoever is signed in."""
    return actor is not None


@dataclass(frozen=True, slots=True)
class NavItem:
    """A place in the rail; ``phone`` puts it into the bottom bar as well (at most two there, besides inbox and me).

    Where somebody has many places, those that are ``minor`` are folded away under "more".
    """

    key: str
    label: Text
    icon: str
    url_name: str
    order: int
    allowed: Callable[[Any], bool] = everybody
    phone: bool = False
    minor: bool = False


@dataclass(frozen=True, slots=True)
class CreateItem:
    """Something the ＋ menu makes; ``sheet`` opens it beside the page one is on."""

    key: str
    label: Text
    icon: str
    url_name: str
    order: int
    allowed: Callable[[Any], bool] = everybody
    sheet: bool = True


_nav: dict[str, NavItem] = {}
_create: dict[str, CreateItem] = {}


def register_nav(item: NavItem) -> None:
    """Put a place into the rail; the same key again replaces it."""
    _nav[item.key] = item


def register_create(item: CreateItem) -> None:
    """Put something into the ＋ menu; the same key again replaces it."""
    _create[item.key] = item


def nav_items() -> list[NavItem]:
    """All places in the order of the rail."""
    return sorted(_nav.values(), key=lambda item: (item.order, item.key))


def create_items() -> list[CreateItem]:
    """Everything the ＋ menu may hold, in its order."""
    return sorted(_create.values(), key=lambda item: (item.order, item.key))
