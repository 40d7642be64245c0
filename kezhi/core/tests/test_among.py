"""Whole numbers written into a statement."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kezhi.core.among import ids
from kezhi.core.tests.fake_models import Mark


@pytest.mark.django_db
def test_what_is_among_numbers_is_what_is_in_them_and_the_statement_names_them():
    marks = [Mark.objects.create(text=text) for text in "abcd"]
    wanted = {marks[0].pk, marks[2].pk, 10**15}
    with CaptureQueriesContext(connection) as queries:
        found = set(Mark.objects.filter(pk__among=ids(wanted)).values_list("text", flat=True))
    assert found == {"a", "c"}
    assert set(Mark.objects.exclude(pk__among=ids(wanted)).values_list("text", flat=True)) == {"b", "d"}
    assert ", ".join(str(number) for number in sorted(wanted)) in queries[0]["sql"]


def test_nothing_is_among_no_numbers():
    with pytest.raises(ValueError, match="no numbers"):
        ids(())


def test_only_numbers_are_written():
    with pytest.raises(ValueError, match="invalid literal"):
        ids(["1) OR (1 = 1"])
