"""Pages can be used by everybody: no accessibility fault, no sideways scrolling on a phone, no error in the console."""

import pytest
from django.urls import reverse

from kezhi.access.actors import system_actor
from kezhi.access.defaults import load_default_roles
from kezhi.records.defaults import install_defaults
from kezhi.records.registry import record_types
from kezhi.records.testing import plant
from tests.test_contracts import examples

pytestmark = pytest.mark.django_db(transaction=True)

SIZES = {"phone": (360, 740), "desk": (1280, 800)}

OTHER_PAGES = ("/", "/search/?q=canary", "/tasks/", "/imports/", "/exports/", "/settings/", "/ui/")


@pytest.fixture
def shipped(transactional_db):
    """A system as it is after its first start."""
    install_defaults()
    load_default_roles(actor=system_actor("tests"))


@pytest.fixture
def addresses(shipped, cast):
    """Every main page, with a record of each type to show."""
    types = [known for known in record_types() if ".tests." not in known.model.__module__]
    cast.grant(*(known.key for known in types))
    found = list(OTHER_PAGES)
    for known in types:
        planted = plant(known, cast.administrator, examples=examples())
        found += [f"/{known.slug}/", f"/{known.slug}/new/", f"/{known.slug}/{planted.record.pk}/"]
    return found


@pytest.mark.parametrize(
    ("size", "theme", "language"),
    [("phone", "light", "zh-hans"), ("phone", "dark", "en"), ("desk", "dark", "zh-hans"), ("desk", "light", "en")],
)
def test_every_page_is_within_everybodys_reach(size, theme, language, addresses, cast, page, sign_in, axe):
    cast.administrator.user.language = language
    cast.administrator.user.theme = theme
    cast.administrator.user.save()
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    sign_in(cast.administrator)
    found = []
    for address in addresses:
        answer = page.goto(address)
        if answer.status != 200:
            found.append(f"{address} answers {answer.status}")
        if (reached := page.evaluate("document.documentElement.scrollWidth")) > width:
            found.append(f"{address} scrolls sideways to {reached}")
        found += axe(address)

    assert found == []


def test_the_sign_in_page_is_within_everybodys_reach(page, axe):
    page.goto(reverse("access:sign_in"))

    assert axe("sign in") == []
