"""Single sign-on through a real browser: the button, the trip and back, linking from one's own page."""

from urllib.parse import urlsplit

import pytest

from kezhi.access.models import Identity, Session, User
from kezhi.access.single_sign_on.provider import forget_documents
from kezhi.access.testing.provider import CLIENT_ID, CLIENT_SECRET, SmallProvider

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def provider(settings):
    forget_documents()
    with SmallProvider() as small:
        settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID = small.issuer, CLIENT_ID
        settings.OIDC_CLIENT_SECRET, settings.OIDC_NAME = CLIENT_SECRET, "公司账号"
        yield small
    forget_documents()


def arrive(page, path):
    page.wait_for_url(lambda url: urlsplit(url).path == path)


def test_the_button_leads_to_the_provider_and_back_to_the_page_that_was_wanted(page, provider, company):
    User.objects.filter(pk=company.rep.id).update(email="rep@example.com")
    page.goto("/me/")
    arrive(page, "/sign-in/")
    page.get_by_role("link", name="用 公司账号 登录").click()
    arrive(page, "/me/")

    assert Session.objects.get(user=company.rep.user).method == "sso"


def test_one_s_own_page_links_the_account_there(page, provider, company, sign_in):
    sign_in(company.rep)
    page.goto("/me/")
    page.get_by_role("button", name="关联", exact=True).click()
    page.get_by_role("button", name="解除关联").wait_for()

    assert Identity.objects.get().user == company.rep.user
