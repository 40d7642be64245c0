"""The WSGI application that granian serves."""

import os
import threading

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kezhi.config.settings")
application = get_wsgi_application()


def _warm_up() -> None:
    """Load what the first search needs, once the first pages have been answered."""
    from kezhi.core.chinese import load_readings  # settings must stand before

    load_readings()


_later = threading.Timer(3.0, _warm_up)
_later.daemon = True
_later.start()
