"""Run by a test in a process of its own: fetches mail until it is killed, or goes on."""

import json
import os
import signal
import sys

import django

django.setup()

from kezhi.core.clock import now  # noqa: E402
from kezhi.exchange.mailboxes import filing  # noqa: E402
from kezhi.exchange.mailboxes.fetching import fetch  # noqa: E402
from kezhi.exchange.models import Mailbox, ReceivedMail  # noqa: E402
from kezhi.records.defaults import install_defaults  # noqa: E402
from kezhi.sales.models import Lead  # noqa: E402


def begin(port):
    """Fetch; at the third mail, lead and mail written but not committed, die as by kill -9."""
    install_defaults()
    box = Mailbox.objects.create(
        name="询盘", host="127.0.0.1", port=port, security="none", user="sales@example.com", password="s3cret",
        takes_old=True, created_at=now(), changed_at=now(),
    )  # fmt: skip
    told = []

    def die(row, mail, home, actor):
        told.append(row)
        if len(told) == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        tell(row, mail, home, actor)

    tell = filing.tell_received
    filing.tell_received = die
    fetch(box.pk)


def resume(port):
    """Go on once the dead one's lease has ended, and tell what stands there now."""
    before = Lead.objects.ungated("test").count()
    Mailbox.objects.update(lease_until=None)
    fetch(Mailbox.objects.get().pk)
    box = Mailbox.objects.get()
    print(
        json.dumps(
            {
                "before": before,
                "problem": box.problem_code,
                "leads": Lead.objects.ungated("test").count(),
                "outcomes": list(ReceivedMail.objects.order_by("uid").values_list("outcome", flat=True)),
                "read_to": box.last_uid,
            }
        )
    )


if __name__ == "__main__":
    {"begin": begin, "resume": resume}[sys.argv[1]](int(sys.argv[2]))
