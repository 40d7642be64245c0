"""When a channel is down: noticed, administrators told once, tried again from time to time, and over when it works."""

import datetime as dt

from django.db import transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from kezhi.access.models import User
from kezhi.core.clock import now
from kezhi.core.figures import integer_figure
from kezhi.work.models import ChannelOutage
from kezhi.work.notices_channels import find_channel
from kezhi.work.notices_figures import CHANNEL_RETRY_MINUTES, CHANNEL_TRIES

# The area whose holders are told, and the page that shows the state of all channels.
SOURCE = "channel_outage"


def open_outages() -> list[ChannelOutage]:
    """The channels that are down now, the longest first."""
    rows = ChannelOutage.objects.filter(ended_at__isnull=True, alerted_at__isnull=False)
    return list(rows.order_by("began_at"))


def is_known_down(channel: str) -> bool:
    """Whether a channel is down and not to be tried now. Once its pause is over, one caller is let through to try."""
    moment = now()
    row = ChannelOutage.objects.filter(channel=channel, ended_at__isnull=True, alerted_at__isnull=False).first()
    if row is None:
        return False
    if row.retry_at > moment:
        return True
    mine = ChannelOutage.objects.filter(pk=row.pk, ended_at__isnull=True, retry_at=row.retry_at)
    return mine.update(retry_at=moment + pause()) == 0


def pause() -> dt.timedelta:
    """How long a channel that is down is left alone."""
    return dt.timedelta(minutes=integer_figure(CHANNEL_RETRY_MINUTES.key))


@transaction.atomic
def note_failure(channel: str, error: str) -> ChannelOutage | None:
    """A message could not be handed over. Gives the outage that has just begun by this, if one has."""
    moment = now()
    ChannelOutage.objects.bulk_create(
        [ChannelOutage(channel=channel, began_at=moment, retry_at=moment + pause())], ignore_conflicts=True
    )
    row = ChannelOutage.objects.select_for_update().get(channel=channel, ended_at__isnull=True)
    ChannelOutage.objects.filter(pk=row.pk).update(failures=F("failures") + 1, error=error[:500])
    if row.alerted_at is not None or row.failures + 1 < integer_figure(CHANNEL_TRIES.key):
        return None
    ChannelOutage.objects.filter(pk=row.pk).update(alerted_at=moment, retry_at=moment + pause())
    row.refresh_from_db()
    return row


@transaction.atomic
def note_success(channel: str) -> ChannelOutage | None:
    """A message went through. Gives the outage that is over by this, if administrators were told of one."""
    row = ChannelOutage.objects.filter(channel=channel, ended_at__isnull=True).select_for_update().first()
    if row is None:
        return None
    row.ended_at = now()
    row.save(update_fields=["ended_at"])
    return row if row.alerted_at is not None else None


def keepers() -> list[User]:
    """The people to tell: those who look after the health of the installation."""
    return list(
        User.objects.filter(is_active=True, roles__grants__subject="health", roles__grants__action="view").distinct()
    )


def down_words(outage: ChannelOutage, language: str) -> str:
    """What administrators are told, in their language."""
    with translation.override(language):
        return _("通知通道“%(channel)s”中断了") % {"channel": channel_name(outage.channel)}


def back_words(outage: ChannelOutage, language: str) -> str:
    """What they are told when it is over."""
    with translation.override(language):
        return _("通知通道“%(channel)s”恢复了") % {"channel": channel_name(outage.channel)}


def channel_name(key: str) -> str:
    """What a channel is called in the active language; its key where no installed code knows it."""
    channel = find_channel(key)
    return str(channel.label) if channel else key
