"""The WSGI application that granian serves."""

import gc
import os
import threading

# What is loaded at the start stays for good: looking through it again and again costs a tenth of the start, and later
# of every collection.
gc.disable()

from django.core.signals import request_finished  # noqa: E402 - after the line above
from django.core.wsgi import get_wsgi_application  # noqa: E402

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kezhi.config.settings")
application = get_wsgi_application()


def _warm_up() -> None:
    """Load what the first search needs, once the first pages have been answered."""
    from kezhi.core.chinese import load_readings  # settings must stand before

    load_readings()


def _after_the_first_answer(**_facts: object) -> None:
    request_finished.disconnect(_after_the_first_answer)
    # With what the first page loaded (addresses, templates, translations).
    gc.freeze()
    gc.enable()
    later = threading.Timer(2.0, _warm_up)
    later.daemon = True
    later.start()


# Not by the clock alone: on a slow machine it would take the processor from the first page.
request_finished.connect(_after_the_first_answer)
