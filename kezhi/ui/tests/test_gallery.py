import pytest
from django.test import RequestFactory


@pytest.fixture
def page(client):
    def get(url, language="zh-hans", **headers):
        client.cookies["django_language"] = language
        return client.get(url, **headers)

    return get


pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_gallery_shows_every_component(page, language):
    answer = page("/ui/", language)

    assert answer.status_code == 200
    text = answer.content.decode()
    for name in ("btn", "badge", "level", "clock", "ring", "field", "notice", "toast", "menu", "steps", "entry", "empty"):
        assert f'class="{name}' in text
    assert text.count("<h1") == 1
