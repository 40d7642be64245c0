"""Pages ask the database as often with many rows as with few, and as often as is written in ``query_counts.json``."""

import pytest

from kezhi.records.defaults import install_defaults
from kezhi.records.registry import record_types
from kezhi.records.testing import api_headers, plant
from tests.scenes import play
from tests.test_contracts import every_type, examples


@pytest.fixture
def client(cast):
    play(install_defaults)
    play(cast.grant, *(known.key for known in record_types()))
    return cast.manager.client()


@every_type
@pytest.mark.parametrize("address", ["/{slug}/", "/{slug}/board/", "/api/v1/{slug}/"], ids=["list", "board", "api"])
def test_a_list_asks_no_more_with_more_rows(address, known, cast, client, assert_query_count):
    address = address.format(slug=known.slug)

    headers = api_headers(cast.manager) if address.startswith("/api/") else {}

    def ask():
        return client.get(address, headers=headers)

    for _each in range(2):
        plant(known, cast.rep, examples=examples())
    ask()  # what is cached for all is cached now

    with assert_query_count(address):
        assert ask().status_code == 200
    for _each in range(6):
        plant(known, cast.rep, examples=examples())
    with assert_query_count(address):
        assert ask().status_code == 200


@every_type
def test_a_records_page_keeps_its_number_of_queries(known, cast, client, assert_query_count):
    planted = plant(known, cast.rep, examples=examples())
    address = f"/{known.slug}/{planted.record.pk}/"
    client.get(address)

    with assert_query_count(f"/{known.slug}/…/"):
        assert client.get(address).status_code == 200
