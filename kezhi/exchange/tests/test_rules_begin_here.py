"""On the page of a receiving address a rule begins with its messages."""

import html
import re

import pytest
from django.urls import reverse

from kezhi.exchange.webhooks.receiving import add_endpoint

pytestmark = pytest.mark.django_db


def test_on_a_receiving_address_a_rule_begins_with_its_messages(cast):
    cast.grant("settings", actions=("channels",))
    row, _token, _secret = add_endpoint("官网表单", is_signed=False, actor=cast.administrator.actor)
    address = reverse("exchange:endpoint", args=[row.pk])
    found = re.compile(r'href="(/settings/rules/new/\?[^"]*)"')
    assert found.findall(cast.administrator.client().get(address).content.decode()) == []

    cast.grant("automation", actions=("view", "edit"))
    client = cast.administrator.client()
    [url] = found.findall(client.get(address).content.decode())

    assert "接收地址“官网表单”收到消息" in client.get(html.unescape(url)).content.decode()
