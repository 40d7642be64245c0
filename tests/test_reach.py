"""Pages can be used by everybody: no accessibility fault, no sideways scrolling on a phone, no error in the console."""

import pytest
from django.urls import reverse

from kezhi.records.registry import record_types
from kezhi.records.testing import plant

pytestmark = pytest.mark.django_db(transaction=True)

SIZES = {"phone": (360, 740), "desk": (1280, 800)}

OTHER_PAGES = ("/", "/search/?q=canary", "/tasks/", "/imports/", "/exports/", "/settings/", "/ui/")


@pytest.fixture
def addresses(cast):
    """Every main page, with a record of each type to show."""
    types = [known for known in record_types() if ".tests." not in known.model.__module__]
    cast.grant(*(known.key for known in types), "settings", actions=["view", "create", "edit", "export", "import"])
    found = list(OTHER_PAGES)
    for known in types:
        planted = plant(known, cast.administrator)
        found += [f"/{known.slug}/", f"/{known.slug}/new/", f"/{known.slug}/{planted.record.pk}/"]
    return found


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page_is_within_everybodys_reach(size, theme, language, page, sign_in, axe, addresses, cast):
    cast.administrator.user.language = language
    cast.administrator.user.theme = theme
    cast.administrator.user.save()
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    sign_in(cast.administrator)
    for address in addresses:
        answer = page.goto(address)
        assert answer.status == 200, address
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{address} scrolls sideways"
        axe(address)


def test_the_sign_in_page_is_within_everybodys_reach(page, axe):
    page.goto(reverse("access:sign_in"))

    axe("sign in")
