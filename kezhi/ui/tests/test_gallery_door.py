"""Outside of building and testing the gallery is for those who are signed in."""

import pytest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/ui/", "/ui/form/", "/ui/specimen/edit/"])
def test_strangers_sign_in_before_they_see_the_gallery(path, client, cast, settings):
    settings.TESTING = False

    assert client.get(path)["Location"] == f"/sign-in/?next={path}"
    assert cast.rep.client().get(path).status_code != 302


def test_strangers_post_nothing_to_it(client, settings):
    settings.TESTING = False

    assert client.post("/ui/taken/")["Location"] == "/sign-in/?next=/ui/taken/"


def test_builders_see_it_without_signing_in(client):
    assert client.get("/ui/").status_code == 200
