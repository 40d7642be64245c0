"""The WSGI application that granian serves."""

import os
import threading

from django.core.signals import request_finished
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kezhi.config.settings")
application = get_wsgi_application()


def _warm_up() -> None:
    """Load what the first search needs, once the first pages have been answered."""
    from kezhi.core.chinese import load_readings  # settings must stand before

    load_readings()


def _after_the_first_answer(**_facts: object) -> None:
    request_finished.disconnect(_after_the_first_answer)
    later = threading.Timer(2.0, _warm_up)
    later.daemon = True
    later.start()


# Not by the clock alone: on a slow machine it would take the processor from the first page.
request_finished.connect(_after_the_first_answer)
