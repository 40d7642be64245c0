import datetime as dt
import os
from collections import namedtuple

import pytest
from django.db import DatabaseError, connection, transaction

from kezhi.core import health
from kezhi.core.clock import now
from kezhi.core.events import ActorRef, EventDraft, EventKind, record_event, register_event_kind
from kezhi.core.health import HealthState
from kezhi.core.jobs import enqueue, run_pending
from kezhi.core.models import WorkerPulse
from kezhi.core.sealing import seal_all
from kezhi.core.tests import fake_jobs
from kezhi.core.tests.fake_models import Secretive

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("data_folder")]

register_event_kind(EventKind("core_tests.happened", "发生"))
Usage = namedtuple("Usage", "total used free")


def found(key: str) -> health.Finding:
    return next(finding for finding in health.health() if finding.key == key)


def state(key: str) -> HealthState:
    return found(key).state


def test_the_worst_comes_first_and_every_check_answers():
    findings = health.health()

    assert {finding.key for finding in findings} >= {
        "audit",
        "backup",
        "database",
        "dead_jobs",
        "disk",
        "keys",
        "queue",
        "workers",
    }
    assert findings[0].state == health.worst(findings)
    assert all(finding.words for finding in findings)


def test_a_worker_that_fell_silent_is_bad_and_one_that_signed_off_a_warning(clock_at):
    clock = clock_at("2026-11-20 09:00")
    assert state("workers") == HealthState.WARNING
    WorkerPulse.objects.create(worker="w", started_at=now(), seen_at=now())
    assert state("workers") == HealthState.OK
    clock.shift(60)

    assert state("workers") == HealthState.BAD
    assert "2026-11-20 09:00" in found("workers").words


def test_a_job_that_waits_too_long_is_a_warning(clock_at):
    clock = clock_at("2026-11-20 09:00")
    enqueue(fake_jobs.mark, text="x")
    clock.shift(299)
    assert state("queue") == HealthState.OK
    clock.shift(1)
    assert state("queue") == HealthState.WARNING


def test_dead_jobs_are_a_warning():
    assert state("dead_jobs") == HealthState.OK
    enqueue(fake_jobs.hopeless)
    run_pending(raise_errors=False)

    assert state("dead_jobs") == HealthState.WARNING


@pytest.mark.parametrize(
    ("free", "expected"), [(0.4, HealthState.BAD), (1.9, HealthState.WARNING), (2.1, HealthState.OK)]
)
def test_a_filling_disk_is_told_in_time(monkeypatch, free, expected):
    monkeypatch.setattr("shutil.disk_usage", lambda _path: Usage(0, 0, int(free * 2**30)))

    assert state("disk") == expected


def test_a_late_backup_is_bad(data_folder, clock_at):
    assert state("backup") == HealthState.WARNING
    (data_folder / "backups").mkdir()
    made = data_folder / "backups" / "kezhi-20261120-023000-abcd.kezhi-backup"
    made.write_text("x")
    os.utime(made, (now().timestamp(), now().timestamp()))
    assert state("backup") == HealthState.OK

    clock_at(now() + dt.timedelta(hours=27))

    assert state("backup") == HealthState.BAD


def test_a_missing_key_is_named(monkeypatch):
    Secretive.objects.create(name="a", phone="1")
    field = Secretive._meta.get_field("phone")
    monkeypatch.setattr(health, "encrypted_fields", lambda: iter([(Secretive, field)]))
    assert state("keys") == HealthState.OK
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_tests_secretive SET phone = 'kgone.AAAA'")

    assert state("keys") == HealthState.BAD
    assert "kgone" in found("keys").words


def test_events_that_are_not_sealed_in_time_are_a_warning(clock_at):
    clock = clock_at("2026-11-20 09:00")
    with transaction.atomic():
        record_event(EventDraft("core_tests.happened", "thing", 1, ActorRef("system", "t", "cli")))
    clock.shift(299)
    assert state("audit") == HealthState.OK
    clock.shift(2)
    assert state("audit") == HealthState.WARNING
    seal_all()
    assert state("audit") == HealthState.OK


def test_a_check_that_fails_is_a_finding(monkeypatch):
    def broken():
        raise DatabaseError("gone away")

    monkeypatch.setitem(health._quick, "database", health._Quick("数据库", broken))

    assert state("database") == HealthState.BAD
    assert "gone away" in found("database").words


def test_thorough_checks_tell_what_is_wrong(monkeypatch):
    assert list(health.examine()) == []
    monkeypatch.setattr(health, "_thorough", {"facts": lambda: iter(["one", "two"])})

    assert list(health.examine()) == [("facts", "one"), ("facts", "two")]
