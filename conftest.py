"""Fixtures every test may use: the clock, query counts, and a browser."""

from __future__ import annotations

import datetime as dt
import gc
import json
import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import HealthCheck
from hypothesis import settings as examples

if TYPE_CHECKING:
    from kezhi.access.testing import Cast, Member

ROOT = Path(__file__).resolve().parent
QUERY_COUNTS = ROOT / "tests" / "query_counts.json"
LONGEST_TEST_SECONDS = 400
# How long a browser may take for what is to appear: on a busy machine much longer than on an idle one.
BROWSER_MILLISECONDS = 40_000
IS_STRICT = os.environ.get("CI") == "true" or os.environ.get("KEZHI_NO_SKIPS") == "1"
# What this machine cannot have (a package, a mount): tests that need them are skipped even where nothing else may be.
CANNOT_INSTALL = [name for name in os.environ.get("KEZHI_CANNOT_INSTALL", "").split(",") if name]

# How long an example takes is the machine's affair; where it counts, every run tries the same ones.
examples.register_profile(
    "kezhi", deadline=None, derandomize=IS_STRICT, suppress_health_check=[HealthCheck.too_slow], print_blob=True
)
examples.load_profile("kezhi")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-query-counts",
        action="store_true",
        help="write the query counts measured now to tests/query_counts.json",
    )
    parser.addoption(
        "--starting-at",
        metavar="MOMENT",
        help="let every test begin at this moment in the company's zone (2027-12-31T23:59:58), to find what depends on "
        "the hour; leave out browsers and tests of other processes, whose clocks go on",
    )


# --- a migrated database ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """The test database is there before Django looks for it; it goes with the run's folder or server."""
    return True


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, django_db_blocker: object) -> None:
    """Lay down the test database, migrated."""
    from django.db import connection

    from tests.migrated import copy_migrated, create_migrated

    name = connection.creation._get_test_db_name()
    if connection.vendor == "sqlite":
        copy_migrated(Path(name))
    else:
        with django_db_blocker.unblock():
            create_migrated(connection, name)


# --- nothing is skipped where it counts ------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    report = yield
    _refuse_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    report = yield
    _refuse_skip(report)
    return report


def _refuse_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    is_excused = any(name in str(report.longrepr) for name in CANNOT_INSTALL)
    if IS_STRICT and report.skipped and not is_excused and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped where nothing may be skipped: {report.longrepr}"


# --- nothing hangs ---------------------------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """A test that waits for something that never comes fails, instead of holding up the whole run."""

    def give_up(_number: int, _frame: object) -> None:
        raise TimeoutError(f"still not done after {LONGEST_TEST_SECONDS} s")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(LONGEST_TEST_SECONDS)
    try:
        with _begun_at(item.config.getoption("--starting-at")):
            return (yield)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


# --- time ------------------------------------------------------------------------------------------------------------


@contextmanager
def _begun_at(moment: str | None) -> Iterator[None]:
    """Let the clock go on from another moment: also for what a module sets up once."""
    if moment is None:
        _let_midnight_pass()
    if moment is None or time_machine.escape_hatch.is_travelling():  # its module stops the clock for all its tests
        yield
        return
    from django.conf import settings

    begun = dt.datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(settings.TIME_ZONE))
    with time_machine.travel(begun.astimezone(dt.UTC), tick=True):
        yield


def _let_midnight_pass() -> None:
    """No test begins in the last seconds of a day: what it makes today would be from yesterday when it looks."""
    from django.conf import settings

    here = dt.datetime.now(ZoneInfo(settings.TIME_ZONE))
    if (here.hour, here.minute) == (23, 59) and here.second >= 50:
        time.sleep(60 - here.second)


@pytest.fixture
def clock_at() -> Iterator[Callable[[str | dt.datetime], time_machine.Traveller]]:
    """Stop the clock: ``clock_at("2026-11-20 09:30")``, in the company's zone.

    What it gives can ``shift`` and ``move_to``.
    """
    from django.conf import settings

    travels: list[time_machine.travel] = []

    def stop(moment: str | dt.datetime) -> time_machine.Traveller:
        if isinstance(moment, str):
            moment = dt.datetime.fromisoformat(moment)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(settings.TIME_ZONE))
        # As UTC: time_machine would take the process's local zone from the moment, and Kezhi must not depend on it.
        travel = time_machine.travel(moment.astimezone(dt.UTC), tick=False)
        travels.append(travel)
        return travel.start()

    yield stop
    for travel in reversed(travels):
        travel.stop()


# --- people ----------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """What one test's rows were cached as, and its reader's language, must not reach the next test."""
    from django.utils import translation

    from kezhi.core import epochs

    epochs.forget_all()
    translation.deactivate()


@pytest.fixture(autouse=True)
def _nothing_played() -> None:
    """Each test begins on an empty stage."""
    from tests import scenes

    scenes.begin()


@pytest.fixture
def cast(db: None) -> Cast:
    """A rep, a colleague in the team, their manager, somebody elsewhere, a data steward, an administrator.

    ``cast.rep.actor``, ``cast.rep.client()``; ``cast.grant("customer")`` gives everybody their usual rights to a type.
    """
    from kezhi.access.testing import make_cast
    from tests.scenes import play

    return play(make_cast)


# --- query counts ----------------------------------------------------------------------------------------------------


@pytest.fixture
def assert_query_count(request: pytest.FixtureRequest, db: None) -> Callable[[str], AbstractContextManager[None]]:
    """Hold a page to its stored number of queries: ``with assert_query_count("customers list"): client.get(…)``.

    Warm caches first (ask once before). The numbers are in ``tests/query_counts.json`` and are changed on purpose with
    ``--update-query-counts``.
    """

    @contextmanager
    def hold(name: str) -> Iterator[None]:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as queries:
            yield
        counts = json.loads(QUERY_COUNTS.read_text()) if QUERY_COUNTS.exists() else {}
        known = counts.setdefault(connection.vendor, {})
        measured = len(queries)
        if request.config.getoption("--update-query-counts"):
            if hasattr(request.config, "workerinput"):
                raise pytest.UsageError("--update-query-counts writes one file: run it without -n")
            known[name] = measured
            QUERY_COUNTS.write_text(json.dumps(counts, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
        elif name not in known:
            pytest.fail(f"{name}: no stored query count, run with --update-query-counts (measured {measured})")
        elif measured != known[name]:
            listing = "\n".join(query["sql"] for query in queries.captured_queries)
            pytest.fail(f"{name}: {measured} queries, {known[name]} are allowed\n{listing}")

    return hold


# --- pace ------------------------------------------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _even_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """How much is done in one step follows the machine's speed; what a test sees must not."""
    for keeper in ("kezhi.core.sealing._Pace", "kezhi.automation.running._Pace"):
        monkeypatch.setattr(f"{keeper}.note", lambda self, count, seconds: None)


# --- browser ---------------------------------------------------------------------------------------------------------


def chromium_path() -> str | None:
    """Where a Chromium is, if there is one (``KEZHI_CHROMIUM`` names another)."""
    return os.environ.get("KEZHI_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if getattr(config.option, "loadgroup", False):
            _name_group(item)
        if "page" in getattr(item, "fixturenames", ()) or "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
    items.sort(key=_turn)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What all tests share stays for the whole run: looking through it for garbage again and again costs an eighth."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 50, 100)


def _name_group(item: pytest.Item) -> None:
    """Let one process run the tests of a group: pytest 9.2 reads ids from where xdist 3.8 does not write the group."""
    mark = item.get_closest_marker("xdist_group")
    if mark is not None and not item.nodeid.endswith(f"@{mark.args[0]}"):
        item._id = type(item.id).parse(f"{item.nodeid}@{mark.args[0]}")


def _turn(item: pytest.Item) -> int:
    """What takes long before what does not, and browsers last, whose event loop stays with the process."""
    is_early = item.get_closest_marker("early") is not None
    if item.get_closest_marker("browser") is not None:
        return 2 if is_early else 3
    return 0 if is_early else 1


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """One Chromium for all browser tests of a process; reaches this machine only."""
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=BROWSER_MILLISECONDS)
    path = chromium_path()
    if path is None:
        pytest.skip("no chromium on this machine")
    # Playwright keeps an event loop in this thread, which makes Django think the test itself were async.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=path,
            args=[
                "--no-sandbox",
                "--disable-dev-shm-usage",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
            ],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser, live_server) -> Iterator[object]:
    """A page of its own at 1280 × 800 whose addresses are relative to the running server.

    Any error in the page's console fails the test.
    """
    context = browser.new_context(
        base_url=live_server.url.replace("localhost", "127.0.0.1"),
        viewport={"width": 1280, "height": 800},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
    )
    context.set_default_timeout(BROWSER_MILLISECONDS)
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.errors = errors
    yield page
    context.close()
    assert errors == []


@pytest.fixture
def sign_in(page, live_server) -> Callable[[Member], None]:
    """``sign_in(cast.rep)``: the page belongs to that member from here on."""
    from django.conf import settings

    def as_member(member: Member) -> None:
        session = member.client().cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "domain": "127.0.0.1", "path": "/"}]
        )

    return as_member


@pytest.fixture
def axe(page) -> Callable[..., list[str]]:
    """``assert axe("customers") == []``: the accessibility faults (WCAG 2.2 AA) of the open page."""
    source = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not source.exists():
        pytest.skip("axe-core is not installed (make assets)")
    text = source.read_text(encoding="utf-8")

    def check(name: str = "", *, exclude: list[str] | None = None) -> list[str]:
        if page.evaluate("typeof axe === 'undefined'"):
            page.evaluate(text)  # not as a script tag, which the page's own policy refuses
        # Only faults are described and brought over: describing what is in order takes most of the time.
        faults = page.evaluate(
            """async exclude => {
              const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
              const found = await axe.run(
                {include: [["html"]], exclude: exclude.map((selector) => [selector])},
                {runOnly: tags, resultTypes: ["violations"], preload: false},
              );
              return found.violations;
            }""",
            exclude or [],
        )
        return [
            f"{name} {fault['id']}: {fault['help']}: {[node['html'][:160] for node in fault['nodes']]}"
            for fault in faults
        ]

    return check
