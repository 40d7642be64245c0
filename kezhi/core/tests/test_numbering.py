"""Numbers without gaps and never given twice (CUS-1, SVC-1)."""

import datetime as dt
import threading

import pytest
from django.db import close_old_connections, connection, transaction

from kezhi.core.models import NumberCounter
from kezhi.core.numbering import check_pattern, next_number, next_numbers
from kezhi.core.values.problem import ValueProblem

DAY = dt.date(2023, 10, 18)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("pattern", "first", "second"),
    [
        ("C{yyyymm}{seq:4}", "C2023100001", "C2023100002"),
        ("GW{yyyymmdd}{seq:3}", "GW20231018001", "GW20231018002"),
        ("{yyyymmdd}-{seq:3}", "20231018-001", "20231018-002"),
        ("FK{yyyymm}{seq:4}", "FK2023100001", "FK2023100002"),
        ("合同-{yy}/{mm}/{dd}-{seq:2}", "合同-23/10/18-01", "合同-23/10/18-02"),
        ("{seq:6}", "000001", "000002"),
        ("{seq:3}-{yyyy}", "001-2023", "002-2023"),
    ],
)
def test_numbers_follow_the_pattern(pattern, first, second):
    with transaction.atomic():
        assert next_number("any", pattern, DAY) == first
        assert next_number("any", pattern, DAY) == second


@pytest.mark.django_db
def test_the_sequence_starts_again_with_the_date_part_and_series_are_apart():
    with transaction.atomic():
        assert next_number("customer", "C{yyyymm}{seq:4}", DAY) == "C2023100001"
        assert next_number("customer", "C{yyyymm}{seq:4}", dt.date(2023, 10, 31)) == "C2023100002"
        assert next_number("customer", "C{yyyymm}{seq:4}", dt.date(2023, 11, 1)) == "C2023110001"
        assert next_number("customer", "C{yyyymm}{seq:4}", DAY) == "C2023100003"
        assert next_number("lead", "C{yyyymm}{seq:4}", DAY) == "C2023100001"


@pytest.mark.django_db
def test_a_sequence_grows_beyond_its_width():
    with transaction.atomic():
        assert next_numbers("customer", "C{yyyymm}{seq:4}", DAY, 9_999)[-1] == "C2023109999"
        assert next_number("customer", "C{yyyymm}{seq:4}", DAY) == "C20231010000"


@pytest.mark.django_db
def test_many_numbers_come_in_order_in_one_go(django_assert_num_queries):
    with transaction.atomic():
        next_number("customer", "C{yyyymm}{seq:4}", DAY)
        with django_assert_num_queries(2):
            numbers = next_numbers("customer", "C{yyyymm}{seq:4}", DAY, 500)
        assert (numbers[0], numbers[-1], len(set(numbers))) == ("C2023100002", "C2023100501", 500)
        assert next_numbers("customer", "C{yyyymm}{seq:4}", DAY, 0) == []


@pytest.mark.django_db
def test_a_wider_sequence_goes_on_counting():
    with transaction.atomic():
        next_numbers("customer", "C{yyyymm}{seq:4}", DAY, 7)
        assert next_number("customer", "C{yyyymm}{seq:6}", DAY) == "C202310000008"


@pytest.mark.django_db
def test_a_failed_transaction_gives_its_number_back():
    with transaction.atomic():
        next_number("customer", "C{yyyymm}{seq:4}", DAY)
    with transaction.atomic():
        assert next_number("customer", "C{yyyymm}{seq:4}", DAY) == "C2023100002"
        transaction.set_rollback(True)
    with transaction.atomic():
        assert next_number("customer", "C{yyyymm}{seq:4}", DAY) == "C2023100002"


@pytest.mark.django_db(transaction=True)
def test_a_number_is_not_given_outside_a_transaction():
    with pytest.raises(RuntimeError, match="inside the transaction"):
        next_number("customer", "C{yyyymm}{seq:4}", DAY)
    assert NumberCounter.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_leave_neither_gap_nor_double():
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        pytest.skip("a database in memory has one connection only")
    given, failed = [], []
    together = threading.Barrier(8)

    def take():
        try:
            together.wait()
            for _round in range(12):
                with transaction.atomic():
                    numbers = next_numbers("customer", "C{yyyymm}{seq:4}", DAY, 2)
                given.extend(numbers)
        except Exception as error:  # what a thread raises would be lost otherwise
            failed.append(error)
        finally:
            close_old_connections()
            connection.close()

    threads = [threading.Thread(target=take) for _thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert sorted(given) == [f"C202310{sequence:04d}" for sequence in range(1, 193)]


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        ("", "number.length"),
        ("C" * 60, "number.length"),
        ("C{yyyymm}", "number.sequence"),
        ("{seq:4}{seq:4}", "number.sequence"),
        ("{seq:4}{yyyy}", "number.sequence"),
        ("{seq:4}1", "number.sequence"),
        ("C{seq}", "number.placeholder"),
        ("C{seq:0}", "number.placeholder"),
        ("C{seq:99}", "number.placeholder"),
        ("C{hour}{seq:4}", "number.placeholder"),
        ("C{{seq:4}}", "number.characters"),
        ("C {seq:4}", "number.characters"),
        ("C<{seq:4}>", "number.characters"),
        ("C#{seq:4}", "number.characters"),
        ("C\n{seq:4}", "number.characters"),
    ],
)
def test_a_pattern_that_cannot_give_unique_numbers_is_refused(pattern, code):
    with pytest.raises(ValueProblem) as refused:
        check_pattern(pattern)
    assert refused.value.code == code


@pytest.mark.django_db
def test_a_pattern_whose_numbers_could_meet_earlier_ones_is_refused():
    with transaction.atomic():
        next_number("customer", "C{yyyymm}{seq:4}", DAY)
    with pytest.raises(ValueProblem) as refused:
        check_pattern("C{yyyy}{seq:6}", series="customer", on=DAY)
    assert refused.value.code == "number.taken"
    check_pattern("K{yyyy}{seq:6}", series="customer", on=DAY)
    check_pattern("C{yyyymm}{seq:6}", series="customer", on=DAY)
    check_pattern("C{yyyy}-{seq:6}", series="customer", on=DAY)
    check_pattern("C{yyyy}{seq:6}", series="lead", on=DAY)
