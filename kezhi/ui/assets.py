"""Where the bundled files are: names from the build's manifest, with the unbundled sources as a fallback."""

import json
from functools import lru_cache
from pathlib import Path

from django.conf import settings

STATIC = Path(__file__).resolve().parent / "static" / "ui"
MANIFEST = STATIC / "dist" / "manifest.json"

# Without a build the page still has its looks; scripts need the bundle, and every page works without them.
_UNBUILT = {"app.css": "css/app.css", "app.js": ""}


def asset_url(name: str) -> str:
    """The address of a bundled file such as ``app.js``; empty when it exists only after a build."""
    return _manifest_urls(_build_mark()).get(name) or _unbuilt_url(name)


def all_asset_urls() -> tuple[str, ...]:
    """The addresses of everything in the bundle, for the service worker; empty without a build."""
    return tuple(sorted(_manifest_urls(_build_mark()).values()))


def build_id() -> str:
    """Changes with every build of the assets."""
    stamp = MANIFEST.with_name(".stamp")
    return stamp.read_text()[:12] if stamp.exists() else "unbuilt"


def _build_mark() -> int:
    # While developing, a new build is seen at once; in service a build belongs to a start of the process.
    if settings.DEBUG and MANIFEST.exists():
        return MANIFEST.stat().st_mtime_ns
    return 0


@lru_cache(maxsize=2)
def _manifest_urls(mark: int) -> dict[str, str]:
    if not MANIFEST.exists():
        return {}
    names: dict[str, str] = json.loads(MANIFEST.read_text())
    return {name: f"{settings.STATIC_URL}ui/dist/{file}" for name, file in names.items()}


def _unbuilt_url(name: str) -> str:
    source = _UNBUILT.get(name, name)
    return f"{settings.STATIC_URL}ui/src/{source}" if source else ""
