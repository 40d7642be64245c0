"""Pages can be used by everybody: no accessibility fault, no sideways scrolling on a phone, no error in the console."""

import pytest
from django.urls import reverse

from kezhi.access.actors import system_actor
from kezhi.access.defaults import load_default_roles
from kezhi.records.defaults import install_defaults
from kezhi.records.registry import record_types
from kezhi.records.testing import plant
from tests.test_contracts import examples

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.early]

SIZES = {"phone": {"width": 360, "height": 740}, "desk": {"width": 1280, "height": 800}}
# Change the theme of an open page, and be done with the transitions between the colours.
WEAR = """theme => {
  document.documentElement.dataset.theme = theme;
  for (const running of document.getAnimations()) if (running instanceof CSSTransition) running.finish();
}"""

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
    ("language", "looks"),
    [("zh-hans", (("phone", "light"), ("desk", "dark"))), ("en", (("phone", "dark"), ("desk", "light")))],
)
def test_every_page_is_within_everybodys_reach(language, looks, addresses, cast, page, sign_in, axe):
    cast.administrator.user.language = language
    cast.administrator.user.save()
    sign_in(cast.administrator)
    found = []
    for address in addresses:
        page.set_viewport_size(SIZES[looks[0][0]])
        answer = page.goto(address)
        if answer.status != 200:
            found.append(f"{address} answers {answer.status}")
        for size, theme in looks:
            page.set_viewport_size(SIZES[size])
            page.evaluate(WEAR, theme)
            if (reached := page.evaluate("document.documentElement.scrollWidth")) > SIZES[size]["width"]:
                found.append(f"{address} scrolls sideways to {reached}")
            found += axe(f"{address} {size} {theme}")

    assert found == []


def test_the_sign_in_page_is_within_everybodys_reach(page, axe):
    page.goto(reverse("access:sign_in"))

    assert axe("sign in") == []
