"""What the night tidies away."""

import datetime as dt

from kezhi.access.jobs import tidy
from kezhi.access.models import Session, SignInFailure
from kezhi.core.clock import now


def test_ended_sessions_and_old_failures_go_and_the_rest_stays(company, clock_at):
    clock = clock_at("2026-11-20 03:00")
    company.rep.client()
    SignInFailure.objects.create(at=now(), username="old", address="203.0.113.1")
    clock.shift(73 * 3600)
    company.colleague.client()
    SignInFailure.objects.create(at=now() - dt.timedelta(minutes=29), username="new", address="203.0.113.1")

    tidy()

    assert [session.user for session in Session.objects.all()] == [company.colleague.user]
    assert list(SignInFailure.objects.values_list("username", flat=True)) == ["new"]
