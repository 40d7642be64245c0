"""Under which address the browser knows us; passkeys and the way back from single sign-on are bound to it."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Place:
    """``origin`` as browsers write it ("https://crm.example.com"), ``host`` its name without the port."""

    origin: str
    host: str

    @property
    def takes_passkeys(self) -> bool:
        """Whether browsers offer passkeys here: a name (not a number) over HTTPS, or this very machine."""
        try:
            ip_address(self.host)
        except ValueError:
            return self.origin.startswith("https://") or self.host == "localhost"
        return False


def place_of(request: HttpRequest) -> Place:
    """Where this request was sent, from its allowed host.

    Behind a proxy that changes the host name it is one of the addresses of ``KEZHI_ORIGINS``: the one the browser says,
    else the first.
    """
    own = f"{request.scheme}://{request.get_host()}"
    public = [address.rstrip("/") for address in settings.CSRF_TRUSTED_ORIGINS if "*" not in address]
    said = request.headers.get("Origin", "")
    origin = own
    if public and own not in public:
        origin = said if said in public else public[0]
    return Place(origin, (urlsplit(origin).hostname or "").lower())
