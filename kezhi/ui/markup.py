"""What every component is made of: escaping, attributes, drawings."""

from collections.abc import Mapping
from functools import lru_cache
from html import escape as _escape

from django.utils.functional import Promise
from django.utils.safestring import SafeString

from kezhi.ui.assets import asset_url

Text = str | Promise

DOT = SafeString('<span class="dot"></span>')


def esc(value: object) -> str:
    """Text made safe for HTML; safe strings stay as they are."""
    if isinstance(value, SafeString):
        return value
    return _escape(str(value), quote=True)


def attributes(values: Mapping[str, object]) -> str:
    """``{"data_id": 3, "hidden": True}`` → ``' data-id="3" hidden'``; None and False leave the attribute out."""
    parts: list[str] = []
    for key, value in values.items():
        if value is None or value is False:
            continue
        name = key.rstrip("_").replace("_", "-")
        parts.append(f" {name}" if value is True else f' {name}="{esc(value)}"')
    return "".join(parts)


def icon(name: str, size: str = "") -> SafeString:
    """A drawing from the sprite; ``size`` is "s" or empty. Always decoration: the words stand beside it."""
    return _icon(name, size, asset_url("icons.svg"))


@lru_cache(maxsize=512)
def _icon(name: str, size: str, sprite: str) -> SafeString:
    extra = f" icon--{esc(size)}" if size else ""
    return SafeString(f'<svg class="icon{extra}" aria-hidden="true"><use href="{sprite}#i-{esc(name)}"/></svg>')


def logo(size: str = "") -> SafeString:
    """The seal; ``size`` is a CSS length."""
    style = f' style="--logo-size:{esc(size)}"' if size else ""
    return SafeString(
        f'<svg class="logo" aria-hidden="true"{style}><use href="{asset_url("icons.svg")}#i-logo"/></svg>'
    )
