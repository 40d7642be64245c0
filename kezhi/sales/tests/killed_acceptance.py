"""Run by a test in a process of its own: a customer accepts a quote, and the process dies before or in the move."""

import json
import os
import signal
import sys
from urllib.parse import urlsplit

import django

django.setup()

from django.test import Client  # noqa: E402

from kezhi.access.testing import make_cast  # noqa: E402
from kezhi.automation.defaults import install_rules  # noqa: E402
from kezhi.core.events import read_facts  # noqa: E402
from kezhi.core.jobs import queue, run_pending  # noqa: E402
from kezhi.core.models import Event, Job  # noqa: E402
from kezhi.core.sealing import seal_all  # noqa: E402
from kezhi.records.defaults import install_defaults  # noqa: E402
from kezhi.records.operations import create_record  # noqa: E402
from kezhi.records.registry import record_type  # noqa: E402
from kezhi.sales.models import Opportunity, Quote  # noqa: E402
from kezhi.sales.operations.quote_lines import set_quote_lines  # noqa: E402
from kezhi.sales.quote_sending import link_quote  # noqa: E402


def accept():
    """A quote goes out and is accepted by its private link; die as by kill -9 as soon as the customer is answered."""
    install_defaults()
    install_rules()
    cast = make_cast()
    cast.grant("customer", "opportunity", "quote")
    actor = cast.rep.actor
    customer = create_record(record_type("customer"), {"name": "苏州澜图科技有限公司"}, actor=actor)
    values = {"name": "澜图机房改造", "customer": str(customer.pk), "amount": "500000"}
    opportunity = create_record(record_type("opportunity"), values, actor=actor)
    quote = create_record(record_type("quote"), {"name": "报价", "opportunity": str(opportunity.pk)}, actor=actor)
    set_quote_lines(quote, [{"description": "安装", "unit_price": "1000"}], actor=actor)
    _sent, address = link_quote(quote, actor=actor)
    work()
    values = {"answer": "accept", "name": "王总", "agreed": "on", "edition": "1"}
    answer = Client(HTTP_HOST="localhost").post(urlsplit(address).path, values)
    assert answer.status_code == 302, answer.content
    os.kill(os.getpid(), signal.SIGKILL)


def move():
    """A worker takes the acceptance up; the opportunity in its next stage but not committed, die as by kill -9."""
    behaviour = record_type("opportunity").behaviour
    stored = behaviour.stored

    def die(known, drafts):
        further = stored(known, drafts)
        if any(draft.changed("stage") for draft in drafts):
            os.kill(os.getpid(), signal.SIGKILL)
        return further

    object.__setattr__(behaviour, "stored", die)
    work()


def resume():
    """The next worker, once the dead one's lease has ended; tell what stands there before and after."""
    before = stand()
    Job.objects.filter(lease_until__isnull=False).update(lease_until="2020-01-01T00:00:00Z")
    taken_back = queue.reap()
    work()
    work()
    print(json.dumps({"before": before, "taken_back": taken_back, "after": stand()}))


def stand():
    """The quote's state and every stage its opportunity entered."""
    rows = Event.objects.filter(kind="opportunity.stage_entered").order_by("pk")
    return {
        "quote": Quote.objects.ungated("test").get().state,
        "stage": Opportunity.objects.ungated("test").get().stage_id,
        "entered": [read_facts(row)["stage"] for row in rows],
    }


def work():
    """What a worker does until nothing is left."""
    while seal_all() or run_pending():
        pass


if __name__ == "__main__":
    {"accept": accept, "move": move, "resume": resume}[sys.argv[1]]()
