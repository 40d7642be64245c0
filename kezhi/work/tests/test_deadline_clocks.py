"""Whatever happens to a clock, its time adds up."""

import datetime as dt

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kezhi.access.actors import system_actor
from kezhi.core.clock import now
from kezhi.core.workdays import add_business_time, business_time_between
from kezhi.work.deadlines import meet_deadline, pause_deadline, resume_deadline, start_deadline
from kezhi.work.operations.tasks import About

MOMENTS = st.datetimes(
    dt.datetime(2026, 1, 1),
    dt.datetime(2026, 12, 1),
    timezones=st.just(dt.UTC),
)
SPANS = st.timedeltas(dt.timedelta(), dt.timedelta(days=20))
SLOW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.django_db
@SLOW
@given(start=MOMENTS, first=SPANS, second=SPANS)
def test_working_time_added_in_two_parts_ends_where_it_ends_in_one(start, first, second):
    whole = add_business_time(start, first + second)
    assert add_business_time(add_business_time(start, first), second) == whole
    assert business_time_between(start, whole) == first + second


@pytest.mark.django_db
@SLOW
@given(start=MOMENTS, end=SPANS)
def test_working_time_between_two_moments_leads_from_one_to_the_end_of_its_work(start, end):
    later = start + end
    between = business_time_between(start, later)
    reached = add_business_time(start, between)
    assert reached <= later
    assert business_time_between(reached, later) == dt.timedelta()


@pytest.mark.django_db
@SLOW
@given(start=MOMENTS, worked=SPANS, stood=st.lists(SPANS, max_size=3), business=st.booleans())
def test_pauses_take_nothing_from_a_promise(promise_kinds, start, worked, stood, business):
    actor = system_actor("test")
    with time_machine.travel(start, tick=False) as clock:
        about = About("fake", 1, "")
        deadline = start_deadline("reply", about, owner_id=None, minutes=60_000, business_time=business, actor=actor)
        left = deadline.length
        for pause in stood:
            began = deadline.running_since
            clock.shift(worked)
            deadline = pause_deadline(deadline, "等客户", actor=actor)
            spent = business_time_between(began, now()) if business else worked
            left = max(left - spent, dt.timedelta()) if not deadline.is_broken else left
            clock.shift(pause)
            deadline = resume_deadline(deadline, actor=actor)
            if not deadline.is_broken:
                assert deadline.length - deadline.used == left
                ahead = add_business_time(now(), left) if business else now() + left
                assert deadline.due_at == ahead
        meet_deadline(deadline, actor=actor)
