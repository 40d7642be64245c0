"""What programs send as a body."""

import pytest
from django.test import RequestFactory

from kezhi.records.api.bodies import json_object
from kezhi.records.api.problems import ApiProblem


@pytest.mark.parametrize("body", ["[" * 100_000, '{"a":' * 100_000, "[1]", "{", b"\xff", ""])
def test_what_is_no_json_object_is_refused_with_words(body):
    request = RequestFactory().generic("POST", "/api/v1/customers/", body, content_type="application/json")

    with pytest.raises(ApiProblem) as refused:
        json_object(request)

    assert (refused.value.status, refused.value.code) == (400, "bad_json")
