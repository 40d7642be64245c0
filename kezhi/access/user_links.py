"""Ways to add users that apps above bring to the page of users."""

from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True, slots=True)
class UserLink:
    """A button on the page of users; ``url_name`` takes no arguments."""

    url_name: str
    label: str | Promise
    icon: str


_links: dict[str, UserLink] = {}


def register_user_link(url_name: str, label: str | Promise, icon: str) -> None:
    """Show a button on the page of users; the same address again replaces it."""
    _links[url_name] = UserLink(url_name, label, icon)


def user_links() -> list[UserLink]:
    """The buttons in the order they were registered."""
    return list(_links.values())
