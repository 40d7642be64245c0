"""Where a request comes from: the network address and the device, in words."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

_BROWSERS = (
    ("MicroMessenger", "WeChat"),
    ("DingTalk", "DingTalk"),
    ("Lark", "Feishu"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("HuaweiBrowser", "Huawei Browser"),
    ("Firefox", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("HarmonyOS", "HarmonyOS"),
    ("OpenHarmony", "HarmonyOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class Caller:
    """The other end of a request."""

    address: str
    device: str


def caller_of(request: HttpRequest) -> Caller:
    """Who asks. Behind a proxy that speaks HTTPS the last forwarded address is the one the proxy saw."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    forwarded = request.headers.get("X-Forwarded-For", "")
    if forwarded and getattr(settings, "SECURE_PROXY_SSL_HEADER", None):
        address = forwarded.rsplit(",", 1)[-1].strip()
    return Caller(address[:45], device_name(request.headers.get("User-Agent", "")))


def device_name(user_agent: str) -> str:
    """ "Chrome · Windows" out of what a browser says about itself; "" when it says nothing known."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return " · ".join(part for part in (browser, system) if part)
