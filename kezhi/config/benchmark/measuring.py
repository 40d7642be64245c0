"""One run: make the register if it is not there, start the server, measure, stop it."""

import argparse
import secrets

from django.core.management import call_command
from django.db import connection

from kezhi.access.actors import user_actor
from kezhi.access.models import User
from kezhi.config.benchmark.acts import Act, Caller, acts, bare_act
from kezhi.config.benchmark.client import measure_latency, measure_throughput
from kezhi.config.benchmark.first_page import measure_first_page
from kezhi.config.benchmark.importing import measure_import
from kezhi.config.benchmark.inquiries import measure_inquiries
from kezhi.config.benchmark.live import measure_live
from kezhi.config.benchmark.organisation import MANAGER, People, make_people, stored_people
from kezhi.config.benchmark.register import Say, fill_register
from kezhi.config.benchmark.report import Measured, Results
from kezhi.config.benchmark.selling import fill_sales
from kezhi.config.benchmark.server import Server, measure_start, sign_in, web_server
from kezhi.config.benchmark.workflow import measure_workflow
from kezhi.config.install import install_shipped
from kezhi.config.migration_stamp import stamp_migrated
from kezhi.core import epochs
from kezhi.customers.models import Customer
from kezhi.records.api.tokens import known_scopes, make_token
from kezhi.sales.models import Opportunity

WORKERS = 2


class NotOurs(Exception):
    """The database holds people this command did not make."""


def measure(options: argparse.Namespace, say: Say) -> Results:
    """Everything the options ask for.

    Raises:
        NotOurs: the database is somebody's, nothing was changed.
        BadAnswer: the server did not answer as it should.
    """
    password = secrets.token_urlsafe(18)
    people = _prepare(options.customers, password, say)
    caller_parts = _caller(people)
    connection.close()
    bare = _bare(options, say)
    database = "SQLite" if connection.vendor == "sqlite" else "PostgreSQL"
    results = Results(database, options.customers, options.clients, bare)
    with web_server(WORKERS) as server:
        cookie = sign_in(server.port, MANAGER, password)
        caller = Caller(cookie, *caller_parts)
        results.first_page = measure_first_page(server.port, cookie)
        for act in acts(caller):
            results.acts.append(_measure_act(server, act, options, say))
    # On a machine that does other things as well, the yardstick itself may have been disturbed.
    results.bare = min(bare, _bare(options, say), key=lambda each: each.latency.cpu or each.latency.p50)
    if not options.no_start:
        results.start_seconds, results.megabytes = measure_start()
        say(f"start: {results.start_seconds:.1f} s, {results.megabytes:.0f} MB")
    if not options.no_workflow:
        results.workflow = measure_workflow(people.own[0])
        say(f"rules: {results.workflow.events_per_second:.0f} events/s, inbox {results.workflow.inbox_ms:.1f} ms")
        results.live = measure_live(MANAGER, password, people.manager, people.own[0])
        say(f"seen after {results.live.seen_median:.2f} s, saved in {results.live.save_p99:.0f} ms (p99)")
        results.inquiries = measure_inquiries(people.own[0])
        say(f"assigned after {results.inquiries.assigned_median:.2f} s, PDF {results.inquiries.pdf_ms:.0f} ms")
    if not options.no_import:
        say(f"importing {options.import_rows:,} rows")
        results.imported = measure_import(options.import_rows)
    return results


def _prepare(customers: int, password: str, say: Say) -> People:
    call_command("migrate", verbosity=0, interactive=False)
    people = stored_people()
    if people is None:
        if User.objects.exists() or Customer.objects.ungated("bench").exists():
            raise NotOurs("This database is in use; measuring needs an empty one of its own.")
        install_shipped()
        people = make_people(password)
    else:
        manager = User.objects.get(pk=people.manager)
        manager.set_password(password)
        manager.save(update_fields=["password"])
    stamp_migrated()
    fill_register(people, customers, say)
    fill_sales(people, customers, say)
    return people


def _caller(people: People) -> tuple[str, int, str, tuple[int, ...]]:
    """A token, a customer of a rep with a follow-up, the end of its phone, and open opportunities to move."""
    with epochs.snapshot():
        actor = user_actor(people.manager)
        scopes = [scope for scope in known_scopes() if actor.allows(*scope.rsplit(".", 1))]
        _token, secret = make_token("bench", scopes, 7, actor=actor)
    rows = Customer.objects.ungated("bench").filter(owner_id=people.own[0], last_followed_at__isnull=False)
    customer = rows.order_by("id")[0]
    moved = Opportunity.objects.ungated("bench").filter(owner_id__in=people.own, stage_id="project.contact")
    ids = tuple(moved.order_by("id").values_list("pk", flat=True)[:500])
    return secret, customer.pk, customer.phone[-4:], ids


def _bare(options: argparse.Namespace, say: Say) -> Measured:
    with web_server(WORKERS, settings="kezhi.config.benchmark.bare_settings", first="/bare/") as server:
        return _measure_act(server, bare_act(), options, say)


def _measure_act(server: Server, act: Act, options: argparse.Namespace, say: Say) -> Measured:
    latency = measure_latency(
        server.port, act.request, act.expected, seconds=options.seconds, cpu_seconds=server.cpu_seconds
    )
    rate = measure_throughput(
        server.port, act.request, act.expected, clients=options.clients, seconds=min(options.seconds, 20)
    )
    say(f"{act.name}: {latency.p50:.1f} ms ({latency.cpu:.1f} ms processor), {rate:.0f}/s")
    return Measured(act, latency, rate)
