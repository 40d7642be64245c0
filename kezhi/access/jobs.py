"""Nightly tidying of access."""

from kezhi.access.lookups import forget_old_lookups
from kezhi.access.models import Session
from kezhi.access.operations.sign_in import forget_old_failures
from kezhi.access.steps import forget_old_steps
from kezhi.core.clock import now
from kezhi.core.jobs import schedule


@schedule("access.tidy", cron="20 3 * * *")
def tidy() -> None:
    """Delete sessions that have ended, failed sign-ins and look-ups that count no more, steps nobody answered."""
    Session.objects.filter(expire_date__lt=now()).delete()
    forget_old_failures()
    forget_old_steps()
    forget_old_lookups()
