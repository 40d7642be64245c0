"""How people want to be told: channels per kind, their order, quiet hours, digests (UX-5)."""

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from kezhi.core.clock import local, moment_at
from kezhi.core.figures import time_figure
from kezhi.core.workdays import add_workdays, is_workday
from kezhi.work.models import NoticePreference
from kezhi.work.notices_channels import Channel, outside_channels
from kezhi.work.notices_figures import DIGEST_AT
from kezhi.work.notices_kinds import NoticeKind

_DAY = dt.timedelta(days=1)
_HOUR = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Wishes:
    """One person's wishes. ``order``: their channels, the favourite first; empty for all in the usual order.

    ``kinds`` holds the channels for a kind where the person has chosen; quiet hours may go past midnight.
    """

    order: tuple[str, ...] = ()
    kinds: Mapping[str, Sequence[str]] = field(default_factory=dict)
    quiet_from: dt.time | None = None
    quiet_to: dt.time | None = None
    is_quiet_on_free_days: bool = False
    urgent_passes: bool = True
    digest: str = NoticePreference.Digest.AT_ONCE
    digest_at: dt.time | None = None

    def usable(self) -> list[Channel]:
        """The channels that leave the app, are set up and are wanted at all, in this person's order."""
        ready = outside_channels()
        if not self.order:
            return ready
        by_key = {channel.key: channel for channel in ready}
        return [by_key[key] for key in self.order if key in by_key]

    def channels_for(self, kind: NoticeKind, given: Sequence[str] | None = None) -> list[Channel]:
        """The channels a notice of this kind goes out through; ``given`` stands instead of the person's choice."""
        wanted = given if given is not None else self.kinds.get(kind.key, kind.channels)
        usable = self.usable() if given is None else outside_channels()
        return [channel for channel in usable if channel.key in wanted]

    def leaves_at(self, moment: dt.datetime, *, is_urgent: bool) -> dt.datetime:
        """When something that comes up at ``moment`` may leave the app; that very moment unless it has to wait."""
        if is_urgent and self.urgent_passes:
            return moment
        match self.digest:
            case NoticePreference.Digest.HOURLY:
                here = local(moment)
                return self._awake(moment_at(here.date(), dt.time(here.hour)) + _HOUR)
            case NoticePreference.Digest.DAILY:
                return self._next_daily(moment)
        return self._awake(moment)

    def _next_daily(self, moment: dt.datetime) -> dt.datetime:
        at = self.digest_at or time_figure(DIGEST_AT.key)
        day = local(moment).date()
        if moment_at(day, at) <= moment:
            day += _DAY
        if self.is_quiet_on_free_days:
            day = add_workdays(day, 0)
        return self._awake(moment_at(day, at))

    def _awake(self, moment: dt.datetime) -> dt.datetime:
        """The moment itself, or the end of the quiet time it lies in."""
        for _turn in range(3):
            here = local(moment)
            if self.is_quiet_on_free_days and not is_workday(here.date()):
                moment = moment_at(add_workdays(here.date(), 0), dt.time(0))
                here = local(moment)
            end = self._quiet_until(here)
            if end is None:
                return moment
            moment = end
        return moment

    def _quiet_until(self, here: dt.datetime) -> dt.datetime | None:
        start, end, time = self.quiet_from, self.quiet_to, here.time()
        if start is None or end is None or start == end:
            return None
        if start < end:
            return moment_at(here.date(), end) if start <= time < end else None
        if time < end:
            return moment_at(here.date(), end)
        return moment_at(here.date() + _DAY, end) if time >= start else None


def wishes_of(user_ids: Collection[int]) -> dict[int, Wishes]:
    """Everybody's wishes, in one query; those who chose nothing have the usual ones."""
    found = {row.pk: _wishes(row) for row in NoticePreference.objects.filter(pk__in=user_ids)}
    return {user_id: found.get(user_id, _USUAL) for user_id in user_ids}


def _wishes(row: NoticePreference) -> Wishes:
    return Wishes(
        order=tuple(str(key) for key in row.channels),
        kinds={str(kind): tuple(str(key) for key in keys) for kind, keys in row.kinds.items()},
        quiet_from=row.quiet_from,
        quiet_to=row.quiet_to,
        is_quiet_on_free_days=row.is_quiet_on_free_days,
        urgent_passes=row.urgent_passes,
        digest=row.digest,
        digest_at=row.digest_at,
    )


_USUAL = Wishes()


def store_wishes(user_id: int, wishes: Wishes) -> None:
    """Keep what somebody chose for themselves; holds from the next notice on."""
    NoticePreference.objects.update_or_create(
        user_id=user_id,
        defaults={
            "channels": list(wishes.order),
            "kinds": {kind: list(keys) for kind, keys in wishes.kinds.items()},
            "quiet_from": wishes.quiet_from,
            "quiet_to": wishes.quiet_to,
            "is_quiet_on_free_days": wishes.is_quiet_on_free_days,
            "urgent_passes": wishes.urgent_passes,
            "digest": wishes.digest,
            "digest_at": wishes.digest_at,
        },
    )
